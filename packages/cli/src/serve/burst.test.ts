import assert from "node:assert/strict"
import { statSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { start } from "../testing/start-process.ts"
import { unbuiltCheckout } from "../testing/unbuilt-checkout.ts"
import { startBench } from "../testing/try-command.ts"

const KEY = "an-admin-key-of-more-than-32-characters"

// Started as users start it after `npm ci`: flags that a test gives Node, or compiled files from before, would hide what
// its threads lack.
// proves 10.1: worker threads
test("a gateway that a user starts delivers a burst of messages, and takes a body of 50,000 recipients", async () => {
  await using stack = new AsyncDisposableStack()
  const { launcher } = stack.use(await unbuiltCheckout())
  const bench = stack.use(await startBench())
  const home = await mkdtemp(join(tmpdir(), "wecom-push-burst-"))
  stack.defer(() => rm(home, { recursive: true, force: true }))
  const env = { ...bench.env, WECOM_PUSH_ADMIN_KEY: KEY }
  const gateway = stack.use(start(["serve", "--port", "0", "--json"], home, env, { launcher }))
  const { url, database } = JSON.parse(/^\{"url".*\}$/m.exec(await gateway.says(/^\{"url".*\}$/m))?.[0] ?? "")
  const headers = { authorization: `Bearer ${KEY}`, "content-type": "application/json" }
  const post = async (users: readonly string[], content: string) => {
    const body = JSON.stringify({ to: { users }, msgtype: "text", text: { content } })
    const response = await fetch(`${url}/v1/messages`, { method: "POST", headers, body })
    return { status: response.status, json: (await response.json()) as { id: string } }
  }
  const whenFinished = async (id: string) => {
    for (;;) {
      const response = await fetch(`${url}/v1/messages/${id}`, { headers })
      const message = (await response.json()) as { state: string; recipients: { pending: number } }
      if (message.recipients.pending === 0) return message.state
      await sleep(50)
    }
  }

  const burst = Array.from({ length: 60 }, (_, n) => post([["zhangsan", "lisi", "WangWu"][n % 3] ?? ""], `burst ${n}`))
  for (const { status, json } of await Promise.all(burst)) {
    assert.equal(status, 202)
    assert.equal(await whenFinished(json.id), "sent")
  }
  const large = await post(
    Array.from({ length: 50_000 }, (_, n) => `nobody-${n}`),
    "to many",
  )
  assert.equal(large.status, 202)
  assert.equal(await whenFinished(large.json.id), "failed")

  // Enough for a thread to copy SQLite's log into the database, which is small until then. It copies beside all this.
  const bytes = (): number => statSync(join(home, database)).size
  for (let looks = 0; looks < 600 && bytes() <= 1_000_000; looks++) await sleep(100)
  assert.ok(bytes() > 1_000_000, `${bytes()} bytes`)
  const figures = await (await fetch(`${url}/metrics`, { headers })).text()
  const failures = figures.split("\n").filter((line) => line.startsWith("wecom_push_thread_failures_total{"))
  assert.equal(failures.length, 4)
  for (const line of failures) assert.match(line, / 0$/)
})
