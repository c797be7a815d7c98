import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { mkdtemp, rm } from "node:fs/promises"
import { createServer } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import { contextWith } from "../testing/context-with.ts"
import { recordGateway, runningGateway } from "./running-gateway.ts"

/** Longer than a program that does nothing else takes for an answer. */
const BUSY_MS = 1500

async function world() {
  await using resources = new AsyncDisposableStack()
  const home = await mkdtemp(join(tmpdir(), "wecom-push-record-"))
  resources.defer(() => rm(home, { recursive: true, force: true }))
  const server = createServer((_, response) => void setTimeout(() => response.end("ok"), BUSY_MS))
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  resources.defer(() => {
    server.close()
    server.closeAllConnections()
  })
  const address = server.address()
  assert.ok(typeof address === "object" && address !== null)
  const kept = resources.move()
  return {
    env: { XDG_CACHE_HOME: home, HOME: home },
    baseUrl: `http://127.0.0.1:${address.port}`,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

test("a trial gateway that takes its time for an answer is found, as long as its process is there", async () => {
  await using opened = await world()
  const record = { pid: process.pid, base_url: opened.baseUrl, key: "wp_simulator" }
  await recordGateway(record, contextWith(opened.env))
  assert.deepEqual(await runningGateway(opened.env), record)
})

test("where its process is gone, another program on its port is not waited for", async () => {
  await using opened = await world()
  const { pid } = spawnSync(process.execPath, ["-e", ""])
  await recordGateway({ pid, base_url: opened.baseUrl, key: "wp_simulator" }, contextWith(opened.env))
  assert.equal(await runningGateway(opened.env), undefined)
})
