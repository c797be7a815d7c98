import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { test } from "node:test"
import { promisify } from "node:util"
import { pathOf, without } from "../../tools/testing/programs.ts"
import { clientRules } from "../testing/client-rules.ts"

const argv = [join(import.meta.dirname, "testing", "drive.py")]

clientRules("python", () => ({ program: pathOf("python3"), argv }), without("python3"))

// proves 30.python: a clock that jumps
test(
  "30.python: times are measured by a clock that cannot be set: one that jumps neither ends a wait nor prolongs it",
  { skip: without("python3") },
  async () => {
    const waits = JSON.stringify({ id: "msg_1", recipients: { pending: 1 } })
    await using server = createServer((_, answer) => answer.setHeader("content-type", "application/json").end(waits))
    server.listen(0, "127.0.0.1")
    await once(server, "listening")
    const { port } = server.address() as AddressInfo
    const program = `import itertools, sys, time
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
readings = itertools.cycle([0.0, 4e9])
time.time = lambda: next(readings)
from wecom_push import Gateway
began = time.monotonic()
message = Gateway(sys.argv[2], "wp_none").wait_for("msg_1", within=0.4)
print(message["recipients"]["pending"], time.monotonic() - began)`
    const words = ["-c", program, import.meta.dirname, `http://127.0.0.1:${port}`]
    const { stdout } = await promisify(execFile)(pathOf("python3"), words, {
      env: { ...process.env, no_proxy: "*" },
      timeout: 30_000,
    })
    const [pending, seconds] = stdout.split(" ").map(Number)
    assert.equal(pending, 1)
    assert.ok(seconds !== undefined && seconds >= 0.4 && seconds < 20, stdout)
  },
)
