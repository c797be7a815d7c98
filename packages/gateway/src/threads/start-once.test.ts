import assert from "node:assert/strict"
import { test } from "node:test"
import { createLog } from "../app/log.ts"
import { startGateway } from "../app/main.ts"
import type { GatewayOptions } from "../app/main.ts"
import { Metrics } from "../app/metrics.ts"
import { StartRefusal } from "../model/start-refusal.ts"
import { TemporaryFolder } from "../store/testing/open-store.ts"
import { threadReport } from "../app/thread-report.ts"

function optionsFor(folder: TemporaryFolder): GatewayOptions {
  return {
    environment: { WECOM_PUSH_ADMIN_KEY: "an-admin-key-of-more-than-32-characters" },
    port: 0,
    databaseFile: folder.file(),
    logTo: { write: () => undefined },
  }
}

// proves 10.1: worker threads
test("a gateway whose threads cannot start refuses to start, names the cause, and leaves the database to the next one", async () => {
  using folder = new TemporaryFolder()
  process.once("worker", (worker) => {
    worker.emit("error", new Error("Cannot find module 'protocol'"))
    void worker.terminate()
  })
  await assert.rejects(startGateway(optionsFor(folder)), (error) => {
    assert.ok(error instanceof StartRefusal)
    assert.equal(error.code, "no_threads")
    for (const sentence of [error.sentence("en"), error.sentence("zh")]) assert.match(sentence, /Cannot find module/)
    return true
  })
  await using gateway = await startGateway(optionsFor(folder))
  assert.ok(gateway.port > 0)
})

// proves 10.1: worker threads
test("a thread that fails is a line in the log with its cause, and counted", async () => {
  const lines: string[] = []
  const metrics = new Metrics("1.0.0")
  const report = threadReport(createLog("info", { write: (line) => void lines.push(line) }), metrics)
  report("sending", new Error("out of memory"))
  const { level, thread, err } = JSON.parse(lines[0] ?? "")
  assert.deepEqual([lines.length, level, thread, err.message], [1, "error", "sending", "out of memory"])
  const figures = (await metrics.text("all"))
    .split("\n")
    .filter((line) => line.startsWith("wecom_push_thread_failures_total"))
  assert.deepEqual(figures, [
    'wecom_push_thread_failures_total{thread="sending"} 1',
    'wecom_push_thread_failures_total{thread="large-bodies"} 0',
    'wecom_push_thread_failures_total{thread="checkpoints"} 0',
    'wecom_push_thread_failures_total{thread="templates"} 0',
  ])
})
