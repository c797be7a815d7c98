import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { mkdtemp, rm } from "node:fs/promises"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import { start } from "../testing/start-process.ts"

/** As many connections as the system has room for: each takes four megabytes of its memory. */
const CONNECTIONS = 200
/** The same limit would hold for 1,000 connections: most of the memory is taken by the first thousand requests. */
const LIMIT_MB = 100
const ASKED = 20

const ATTACK =
  "GET /docs/scalar.js HTTP/1.1\r\nHost: x\r\n\r\n" + "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n".repeat(2000)

// proves 28.D1: requests ahead, answers unread
test(
  `D1: ${CONNECTIONS} clients that send two thousand requests at once and read nothing take no memory, and hold up no one`,
  { timeout: 290_000, skip: process.platform === "win32" && "no `ps` there tells how much memory a process takes" },
  async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "wecom-push-pipelined-"))
    await using stack = new AsyncDisposableStack()
    stack.defer(() => rm(folder, { recursive: true, force: true }))
    const gateway = stack.use(
      start(["serve", "--port", "0", "--json"], folder, { WECOM_API_BASE_URL: "http://127.0.0.1:9" }),
    )
    const { url } = JSON.parse(/^\{"url".*\}$/m.exec(await gateway.says(/^\{"url".*\}$/m))?.[0] ?? "") as {
      url: string
    }
    // The first requests load modules, whose memory must not be counted.
    for (const path of ["/healthz", "/docs/scalar.js"]) await (await fetch(url + path)).arrayBuffer()
    const before = residentMb(gateway.child.pid)
    let peak = before
    for (let n = 0; n < CONNECTIONS; n++) {
      const client = connect(Number(new URL(url).port), "127.0.0.1")
      stack.defer(() => void client.destroy())
      client.on("error", () => {
        // The gateway cuts the connection.
      })
      client.pause()
      client.write(ATTACK)
    }
    let slowest = 0
    for (let n = 0; n < ASKED; n++) {
      const askedAt = performance.now()
      // A second on an idle machine; answering everything that the others ask for takes minutes.
      const answer = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(60_000) })
      assert.equal(answer.status, 200)
      slowest = Math.max(slowest, performance.now() - askedAt)
      await new Promise((resolve) => setTimeout(resolve, 100))
      peak = Math.max(peak, residentMb(gateway.child.pid))
    }
    t.diagnostic(
      `${(peak - before).toFixed(0)} MB more than ${before.toFixed(0)} MB; others waited ${slowest.toFixed(0)} ms`,
    )
    assert.ok(peak - before < LIMIT_MB, `${(peak - before).toFixed(0)} MB more`)
  },
)

function residentMb(pid: number | undefined): number {
  return Number(execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" })) / 1000
}
