import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { once } from "node:events"
import { createServer } from "node:net"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { test } from "node:test"
import { promisify } from "node:util"

/** A program that makes a request with undici, and once more from a thread, as a gateway does. */
const ASK = `import { createRequire } from "node:module"
import { isMainThread, Worker } from "node:worker_threads"
const { request } = createRequire(process.cwd() + "/")("undici")
const { statusCode } = await request(process.env.TO)
console.log(statusCode)
if (isMainThread) new Worker(new URL("data:text/javascript," + encodeURIComponent(process.env.ASK)))`

/** @returns the statuses that both got */
async function ask(way: string, to: number): Promise<string> {
  const env = {
    NODE_OPTIONS: `--import=${join(import.meta.dirname, "own-way.js")}`,
    CHAOS_WAY: way,
    TO: `http://127.0.0.1:${to}/`,
    ASK,
  }
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", ASK], {
    env,
    cwd: import.meta.dirname,
    timeout: 90_000,
  })
  return stdout
}

test("what goes to one port goes to another, in threads too, and what goes elsewhere does not", async (t) => {
  let asked = 0
  const server = createServer((socket) => {
    asked++
    socket.end("HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")
  }).listen(0, "127.0.0.1")
  t.after(() => server.close())
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  assert.equal(await ask(`9:${port}`, 9), "204\n204\n")
  assert.equal(await ask("9:10", port), "204\n204\n")
  assert.equal(asked, 4)
})
