import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import type { ChildProcess } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, readdir, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { aSend, CORP_ID, SECRET, simulatedApi } from "../testing/simulated-api.ts"
import { fileTokenStore } from "./file-token-store.ts"

test("eight processes that start at once share one gettoken", async (t) => {
  const directory = await aFolder(t)
  await using sim = await simulatedApi()
  await sim.fault({ path: "gettoken", kind: "slow", delay_ms: 500, times: 8 })
  const exits = Array.from({ length: 8 }, async () => once(startSender(sim.url, directory), "exit"))
  assert.deepEqual(new Set((await Promise.all(exits)).map(([code]) => code)), new Set([0]))
  assert.equal((await sim.calls("gettoken")).length, 1)
  assert.equal((await sim.calls("message/send")).length, 8)
})

// proves 11.N2: twenty processes, one token
test("a token that dies under twenty processes costs one gettoken, and each call one repeat", async (t) => {
  const directory = await aFolder(t)
  await using sim = await simulatedApi()
  await sim.settings({ repeat_token: false, limits: { member_per_minute: null } })
  const senders = Array.from({ length: 20 }, () => startSender(sim.url, directory, SECRET, { sends: 2 }))
  const exits = senders.map((sender) => once(sender, "exit"))
  const isReady = async () => (await sim.calls("message/send")).length === senders.length
  while (!(await isReady())) await sleep(20)
  const before = (await sim.calls("gettoken")).length
  await sim.revokeTokens()
  for (const sender of senders) sender.stdin?.end("go")
  assert.deepEqual(new Set((await Promise.all(exits)).map(([code]) => code)), new Set([0]))
  assert.deepEqual([before, (await sim.calls("gettoken")).length], [1, 2])
  const later = (await sim.calls("message/send")).slice(senders.length)
  // A sender that reads the cache after the new token was stored does not repeat a call.
  assert.equal(later.filter(({ errcode }) => errcode === 0).length, 20)
  assert.ok(later.length > 20 && later.length <= 40)
})

test("a process killed while it fetches the token blocks no other, and its gettoken does not count", async (t) => {
  const directory = await aFolder(t)
  await using sim = await simulatedApi()
  const mine = sim.another({ tokenStore: fileTokenStore({ directory }) })
  await sim.fault({ path: "gettoken", kind: "hang_before", times: 1 })
  const doomed = startSender(sim.url, directory)
  while ((await sim.calls("gettoken")).length === 0) await sleep(10)
  assert.deepEqual((await readdir(directory)).filter((name) => name.endsWith(".lock")).length, 1)
  doomed.kill("SIGKILL")
  await once(doomed, "exit")

  const startedAt = performance.now()
  assert.equal((await mine.call(aSend(sim.clock))).errcode, 0)
  // The lock of a process that has ended can be taken over after a minute.
  assert.ok(performance.now() - startedAt < 30_000)
  assert.equal((await sim.calls("gettoken")).length, 2)
})

test("a wrong secret costs one gettoken a minute, however many processes try", async (t) => {
  const directory = await aFolder(t)
  await using sim = await simulatedApi()
  const exits = Array.from({ length: 3 }, async () => once(startSender(sim.url, directory, "wrong"), "exit"))
  assert.deepEqual(new Set((await Promise.all(exits)).map(([code]) => code)), new Set([7]))
  assert.equal((await sim.calls("gettoken")).length, 1)
})

/** Sends so many messages, each after the first only when stdin has ended; exits with 7 when the secret was refused. */
function startSender(baseUrl: string, directory: string, secret = SECRET, { sends = 1 } = {}): ChildProcess {
  const script = `
    import { fileTokenStore } from ${moduleAt("./file-token-store.ts")}
    import { httpsTransport } from ${moduleAt("../transport-https.ts")}
    import { createApi } from ${moduleAt("../create-api.ts")}
    import { systemClock } from ${moduleAt("../clock.ts")}
    const [baseUrl, directory, corpId, secret, sends] = process.argv.slice(1)
    const tokenStore = fileTokenStore({ directory })
    const transport = httpsTransport()
    const api = createApi({ baseUrl, corpId, secret, tokenStore, transport, clock: systemClock, language: "en" })
    const body = JSON.stringify({ touser: "zhangsan", msgtype: "text", agentid: 1000002, text: { content: "x" } })
    try {
      process.exitCode = 0
      for (let sent = 0; sent < Number(sends); sent++) {
        if (sent > 0) for await (const _ of process.stdin);
        const call = { path: "message/send", method: "POST", body, repeatable: false, deadline: Date.now() + 30_000 }
        const { errcode } = await api.call(call)
        if (errcode !== 0) process.exitCode = 1
      }
    } catch (error) {
      process.exitCode = error.errcode === 40001 ? 7 : 2
    }`
  const args = ["--conditions=wecom-push-source", "--input-type=module", "--eval", script]
  return spawn(process.execPath, [...args, baseUrl, directory, CORP_ID, secret, String(sends)], {
    stdio: [sends > 1 ? "pipe" : "ignore", "ignore", "inherit"],
  })
}

/** It imports only what it needs, because thirty processes do this. */
function moduleAt(path: string): string {
  return JSON.stringify(new URL(path, import.meta.url))
}

async function aFolder(t: { after(done: () => Promise<void>): void }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "token-processes-"))
  t.after(() => rm(folder, { recursive: true }))
  return folder
}
