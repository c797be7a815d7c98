# Makes one call of the client and prints what it gives: drive.py URLS KEY COMMAND OPTIONS. For the tests.
import json
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from wecom_push import Gateway, Problem, Unreachable  # noqa: E402

urls, key, command, options = sys.argv[1].split(","), sys.argv[2], sys.argv[3], json.loads(sys.argv[4])
gateway = Gateway(urls if len(urls) > 1 else urls[0], key)
within = options.get("within")


def results():
    if command == "send":
        trace = {name: options.get(name) for name in ("traceparent", "tracestate")}
        yield gateway.send(options["message"], idempotency_key=options.get("key"), within=within, **trace)
    elif command == "wait":
        yield gateway.wait_for(options["id"], within=within)
    elif command == "recipients":
        yield from gateway.recipients(options["id"])
    elif command == "events":
        count = options["count"]
        for event in gateway.events(after=options.get("after"), within=within):
            if event["type"] in options.get("types", [event["type"]]):
                yield event
                count -= 1
                if count == 0:
                    return


try:
    for result in results():
        print(json.dumps(result))
except Problem as problem:
    names = ("type", "status", "title", "detail", "code", "hint", "errors", "retry_after")
    print(json.dumps({"problem": {name: getattr(problem, name) for name in names}}))
except Unreachable as error:
    print(json.dumps({"unreachable": str(error)}))
