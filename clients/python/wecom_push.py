"""A client for a wecom-push gateway. It is one file, which needs the standard library only and Python 3.9 or newer.

Copy it into your project.

    gateway = Gateway("http://127.0.0.1:7788", "wp_simulator")
    accepted = gateway.send({"app": "alerts", "to": {"mobiles": ["13800000001"]}, "msgtype": "text", "text": {"content": "磁盘 91%"}})
    message = gateway.wait_for(accepted["id"])
    for recipient in gateway.recipients(accepted["id"]):
        print(recipient["address"], recipient["state"], recipient["reason"])

The gateway's /openapi.json describes requests, answers and events; here they are dicts. MIT licence.
"""

import http.client
import json
import random
import secrets
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

__all__ = ["Gateway", "Problem", "Unreachable"]


class Problem(Exception):
    """The gateway refused the request (RFC 9457). To tell problems apart, use `code`."""

    def __init__(self, document, retry_after=None):
        self.type = document["type"]
        self.status = document["status"]
        self.title = document["title"]
        self.detail = document["detail"]
        #: It never changes. `unexpected_answer` means that the answer did not come from a gateway.
        self.code = document["code"]
        #: What to do.
        self.hint = document["hint"]
        #: All mistakes in the request: dicts with `path`, `code`, `detail`.
        self.errors = document["errors"]
        #: How many seconds to wait before the request is repeated; None if the gateway does not say.
        self.retry_after = retry_after
        super().__init__(f"{self.status} {self.code}: {self.detail}")

    def errors_of(self, path):
        """The mistakes in one field. The path is a JSON pointer, such as "/to/mobiles"."""
        return [error for error in self.errors if error["path"] == path]


class Unreachable(Exception):
    """No gateway answered in time. Whether the request arrived is unknown; `__cause__` is the error of the last try."""


class Gateway:
    """A gateway, or several that share a database. Several threads may use it at once.

    A call that fails is repeated if the gateway's answer allows it.

    base_url: the address of the gateway, or a list of addresses. Any of these gateways may answer a call.
    within: how many seconds a call may take, repeats included.
    one_try: how many seconds to wait for the answer of one gateway.
    language: the language of problems, "en" or "zh".
    """

    def __init__(self, base_url, key, *, within=60.0, one_try=15.0, language="en"):
        urls = [base_url] if isinstance(base_url, str) else list(base_url)
        if not urls:
            raise ValueError("base_url is an empty list; name one gateway at least")
        self._urls = [url.rstrip("/") for url in urls]
        self._current = 0
        self._lock = threading.Lock()
        self._headers = {"Authorization": f"Bearer {key}", "Accept-Language": language, "User-Agent": "wecom-push-python"}
        self._within = within
        self._one_try = one_try

    def send(self, message, *, idempotency_key=None, within=None, traceparent=None, tracestate=None):
        """Hands a message to the gateway. It returns when the message is on the gateway's disk, not when it has been sent.

        All repeats use one key. If your program itself may start again and repeat the send, pass a key of your own.
        traceparent and tracestate (W3C Trace Context) name the trace of the message; its calls to WeCom belong to it too.
        It raises Problem or Unreachable. After Unreachable the message may have been accepted; to send it again without a
        second copy, use the same key.
        """
        headers = {"Idempotency-Key": idempotency_key or secrets.token_hex(16)}
        headers.update({name: value for name, value in (("Traceparent", traceparent), ("Tracestate", tracestate)) if value})
        return self.request("POST", "/v1/messages", message, headers=headers, is_safe=True, within=within)

    def message(self, message_id, *, within=None):
        return self.request("GET", f"/v1/messages/{_quoted(message_id)}", within=within)

    def wait_for(self, message_id, *, within=None):
        """Waits until every recipient has a final state, or until the seconds are over, and returns the message.

        Its recipients.pending says how many have no final state yet.
        """
        ends = time.monotonic() + (self._within if within is None else within)
        wait = 0.1
        while True:
            message = self.message(message_id, within=max(ends - time.monotonic(), 5.0))
            left = ends - time.monotonic()
            if message["recipients"]["pending"] == 0 or left <= 0:
                return message
            time.sleep(min(wait, left))
            wait = min(wait * 1.5, 5.0)

    def recipients(self, message_id, *, state=None, within=None):
        """The results of the recipients, in the order in which the message names them."""
        query = {"limit": "1000", **({"state": state} if state else {})}
        while True:
            path = f"/v1/messages/{_quoted(message_id)}/recipients?{urllib.parse.urlencode(query)}"
            page = self.request("GET", path, within=within)
            yield from page["items"]
            if page["next_cursor"] is None:
                return
            query["cursor"] = page["next_cursor"]

    def events(self, *, after=None, within=None):
        """Events without end, beginning with the next one, or with the one that follows the event with the id `after`.

        With `after=0` it begins with the oldest event that the gateway keeps. When a connection breaks, the next gateway
        continues after the last whole event. An event of type "reset" says that earlier ones were missed. It raises Problem,
        or Unreachable when no gateway has answered for `within` seconds.
        """
        last = None if after is None else str(after)
        tries = 0
        answered = time.monotonic()
        while True:
            url, tries = self._url(), tries + 1
            try:
                for event_id, data in self._blocks(url, last):
                    answered = time.monotonic()
                    last = event_id if event_id is not None else last
                    if data is not None or event_id is None:
                        tries = 0
                    if data is not None:
                        yield json.loads(data)
                failure = Unreachable(f"{url} has ended the stream of events")
            except Problem as problem:
                if not _may_repeat(problem, True):
                    raise
                failure = problem
            except (OSError, http.client.HTTPException) as error:
                failure = Unreachable(f"{url} does not answer: {error}")
                failure.__cause__ = error
            self._leave(url)
            if tries % len(self._urls) != 0:
                continue
            wait = max(getattr(failure, "retry_after", None) or 0, _backoff(tries // len(self._urls)))
            if within is not None and time.monotonic() + wait >= answered + within:
                raise failure
            time.sleep(wait)

    def request(self, method, path, body=None, *, headers=None, is_safe=None, within=None):
        """Makes a request to any route.

        A request that changes something is repeated only if the gateway says that it did nothing, or if is_safe says that a
        second request would change nothing more.
        """
        ends = time.monotonic() + (self._within if within is None else within)
        is_safe = method in ("GET", "HEAD") if is_safe is None else is_safe
        tries = 0
        while True:
            url, tries = self._url(), tries + 1
            try:
                return self._ask(url, method, path, body, headers, max(0.001, min(self._one_try, ends - time.monotonic())))
            except Problem as problem:
                failure = problem
                may_repeat = _may_repeat(problem, is_safe)
            except (OSError, http.client.HTTPException) as error:
                failure = Unreachable(f"{url} did not answer: {error}")
                failure.__cause__ = error
                may_repeat = is_safe
            if not may_repeat:
                raise failure
            is_of_key = getattr(failure, "status", None) == 429
            if not is_of_key:
                self._leave(url)
            if not is_of_key and tries % len(self._urls) != 0 and time.monotonic() < ends:
                continue
            wait = max(getattr(failure, "retry_after", None) or 0, _backoff(tries // len(self._urls)))
            if time.monotonic() + wait >= ends:
                raise failure
            time.sleep(wait)

    def _ask(self, url, method, path, body, headers, timeout):
        sent = {**self._headers, **(headers or {})}
        data = None
        if body is not None:
            data = json.dumps(body, ensure_ascii=False).encode()
            sent["Content-Type"] = "application/json"
        with self._open(urllib.request.Request(url + path, data, sent, method=method), timeout) as answer:
            text = answer.read()
            if answer.headers.get_content_type() == "text/html":
                raise _unexpected(answer.status, text)
            return json.loads(text) if text else None

    def _blocks(self, url, last):
        """Yields (id, data) for each whole block of a stream, and (None, None) for a heartbeat."""
        headers = {**self._headers, "Accept": "text/event-stream", **({} if last is None else {"Last-Event-ID": last})}
        # A gateway sends at least a heartbeat every 30 seconds.
        with self._open(urllib.request.Request(url + "/v1/events", headers=headers), _SILENCE) as answer:
            if answer.headers.get_content_type() != "text/event-stream":
                raise _unexpected(answer.status, answer.read())
            event_id, data, is_empty = None, [], True
            for line in answer:
                # The connection broke within this line.
                if not line.endswith(b"\n"):
                    return
                line = line.rstrip(b"\r\n").decode()
                if line == "":
                    if not is_empty:
                        yield event_id, "\n".join(data) if data else None
                    event_id, data, is_empty = None, [], True
                    continue
                is_empty = False
                name, _, value = line.partition(":")
                value = value[1:] if value.startswith(" ") else value
                if name == "id":
                    event_id = value
                elif name == "data":
                    data.append(value)

    @staticmethod
    def _open(request, timeout):
        try:
            return urllib.request.urlopen(request, timeout=timeout)
        except urllib.error.HTTPError as refusal:
            with refusal:
                raise _problem_of(refusal) from None

    def _url(self):
        return self._urls[self._current]

    def _leave(self, url):
        with self._lock:
            if url == self._url():
                self._current = (self._current + 1) % len(self._urls)


_SILENCE = 75.0
# A gateway that refuses a request with one of these codes has done nothing, so any request may be repeated.
_NOTHING_DONE = frozenset(
    (
        "backlog_full",
        "files_unavailable",
        "reading_interrupted",
        "shutting_down",
        "storage_busy",
        "too_busy",
        "too_many_connections",
        "too_many_streams",
    )
)
# These may pass without a change. Whether the gateway did something is unknown.
_MAY_PASS = frozenset((408, 500, 502, 503, 504))


def _may_repeat(problem, is_safe):
    if problem.status == 429 or problem.code in _NOTHING_DONE:
        return True
    return is_safe and problem.status in _MAY_PASS


def _backoff(turn):
    most = min(0.2 * 2 ** min(turn, 10), 5.0)
    return random.uniform(most / 2, most)


def _problem_of(refusal):
    text = refusal.read()
    seconds = refusal.headers.get("Retry-After", "")
    retry_after = int(seconds) if seconds.isdigit() else None
    try:
        return Problem(json.loads(text), retry_after)
    except (ValueError, KeyError, TypeError):
        return _unexpected(refusal.code, text, retry_after)


def _unexpected(status, text, retry_after=None):
    shown = text.decode(errors="replace").strip()[:100] or "(empty)"
    return Problem(
        {
            "type": "about:blank",
            "title": "The answer is none of a gateway",
            "status": status,
            "detail": f"What answered with status {status} is no gateway of wecom-push: {shown}",
            "code": "unexpected_answer",
            "hint": "Check the base URL, and the proxy in front of the gateway.",
            "errors": [],
        },
        retry_after,
    )


def _quoted(text):
    return urllib.parse.quote(text, safe="")
