import assert from "node:assert/strict"
import { test } from "node:test"
import { gzipSync } from "node:zlib"
import { TransportFault } from "@wecom-push/sdk"
import type { TransportFaultKind } from "@wecom-push/sdk/internals"
import { startDispatch } from "../testing/start-dispatch.ts"
import type { DispatchUnderTest } from "../testing/start-dispatch.ts"

const pause = (gateway: DispatchUnderTest) => gateway.stores.apps.get("alerts").then((app) => app?.pause)

const ofSends = (path: string): boolean => path.endsWith("message/send")
const ofAll = (): boolean => true

/** A transport whose sends, or other requests, fail while `fails` is set. */
function failing(kind: TransportFaultKind, mayHaveArrived: boolean, concerns = ofSends) {
  const state = { fails: true, tries: 0 }
  return {
    state,
    transport: (real: Parameters<NonNullable<Parameters<typeof startDispatch>[0]>["transport"] & {}>[0]) => ({
      ...real,
      request(request: Parameters<typeof real.request>[0]) {
        if (!concerns(request.url.pathname) || !state.fails) return real.request(request)
        state.tries++
        return Promise.reject(new TransportFault(kind, mayHaveArrived, { host: request.url.host, code: "TEST" }))
      },
    }),
  }
}

// proves U1: no server listens
test("U1: while no call gets through, one call at a time finds out whether WeCom is back", async () => {
  const { state, transport } = failing("refused", false, ofAll)
  state.fails = false
  await using gateway = await startDispatch({ transport, settings: { concurrent_calls: 5 } })
  await gateway.outcome(await gateway.post({ users: ["zhangsan"] }))
  state.fails = true
  const ids = await Promise.all(
    Array.from({ length: 40 }, (_, n) => gateway.post({ users: ["lisi"], text: String(n) })),
  )
  await gateway.until(() => state.tries >= 5)
  let burst = 0
  while (burst !== state.tries) {
    burst = state.tries
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
  assert.ok(burst <= 10, `${burst}`)
  await gateway.advance(1.1)
  await gateway.until(() => state.tries === burst + 1)
  await new Promise((resolve) => setTimeout(resolve, 50))
  assert.equal(state.tries, burst + 1)
  state.fails = false
  await gateway.advance(61)
  await gateway.until(async () => (await gateway.stats())["recipients"] === 31)
  await gateway.advance(61)
  for (const id of ids) assert.deepEqual(await gateway.outcome(id), ["sent"])
})

for (const [id, fault] of [
  ["U5", { kind: "reset_before" }],
  ["U6", { kind: "reset_after" }],
  ["U11", { kind: "http_status", status: 502, body: "<html>bad gateway</html>", acts: true }],
  ["U11", { kind: "http_status", status: 500, acts: false }],
  ["U11", { kind: "http_status", status: 503, body: "", acts: true }],
  ["U11", { kind: "http_status", status: 504, body: '{"errcode":0,"errmsg":"ok","msgid":"m"}', acts: false }],
  ["U11", { kind: "html", status: 200, acts: true }],
  ["U15", { kind: "raw", body: "SSH-2.0-OpenSSH_9.2\r\n", acts: true }],
] as const) {
  // proves U5: reset before the request was read
  // proves U6: reset after it
  // proves U11: other statuses, pages of HTML
  // proves U15: another protocol
  test(`${id}: ${JSON.stringify(fault).slice(0, 60)} is repeated byte for byte, and shown once`, async () => {
    await using gateway = await startDispatch()
    await gateway.fault({ path: "message/send", ...fault })
    const message = await gateway.post({ users: ["zhangsan", "lisi"] })
    await gateway.until(async () => (await gateway.attempts(message))[0]?.result === "in_doubt")
    assert.deepEqual(await gateway.states(message), ["pending", "pending"])
    await gateway.advance(2)
    assert.deepEqual(await gateway.outcome(message), ["sent", "sent"])
    const calls = await gateway.calls()
    assert.equal(new Set(calls.map(({ sha256 }) => sha256)).size, 1)
    assert.equal((await gateway.phone("zhangsan")).length, 1)
  })
}

const ANSWER = JSON.stringify({
  errcode: 0,
  errmsg: "ok",
  invaliduser: "",
  msgid: "msgid-of-some-48-characters-as-WeCom-gives-them",
})

// proves U7: a reply cut anywhere
// proves 3.test 3: faults and answers of WeCom, cut at every byte
test("U7: a reply of 200 bytes cut at each of them, in headers and body, is repeated, and shown once", async () => {
  const head = ["HTTP/1.1 200 OK", "Connection: keep-alive", "Content-Type: application/json; charset=UTF-8"]
  const reply = `${head.join("\r\n")}\r\nContent-Length: ${ANSWER.length}\r\n\r\n${ANSWER}`
  await eachCutIsShownOnce(reply, 200)
})

// proves U8: half a reply that looks whole
test("U8: a reply without a length that ends anywhere in its JSON is no answer", async () => {
  const head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
  await eachCutIsShownOnce(head + ANSWER, ANSWER.length, head.length)
})

/** Every call is carried out, but only the first bytes of its answer arrive: `from` bytes, then one more each time. */
async function eachCutIsShownOnce(reply: string, leastCuts: number, from = 0): Promise<void> {
  assert.ok(reply.length - from >= leastCuts, `${reply.length} bytes`)
  const members = 20
  await using gateway = await startDispatch({ simulator: { members } })
  await gateway.outcome(await gateway.post({ users: ["zhangsan"], text: "the token is there" }))
  for (let bytes = from; bytes < reply.length; bytes++) {
    const user = `m${String((bytes % members) + 1).padStart(6, "0")}`
    const text = `cut after ${bytes}`
    await gateway.fault({ path: "message/send", kind: "raw", body: reply.slice(0, bytes), acts: true, match: text })
    const id = await gateway.post({ users: [user], text })
    await gateway.until(async () => (await gateway.attempts(id))[0]?.result === "in_doubt", `a lost answer, ${text}`)
    await gateway.advance(2)
    assert.deepEqual(await gateway.outcome(id), ["sent"], text)
    assert.equal((await gateway.phone(user)).filter((shown) => shown === text).length, 1, text)
  }
}

for (const [what, fault] of [
  ["1 GB of letters", { kind: "http_status", status: 200, body: "x", bytes: 1_000_000_000 }],
  ["a gzip of 190 kB that holds 200 MB", { kind: "raw", body_base64: gzipBomb().toString("base64") }],
] as const) {
  // proves U13: replies without end
  test(`U13: ${what} is no answer and takes no memory; it is repeated, and shown once`, async () => {
    await using gateway = await startDispatch()
    await gateway.fault({ path: "message/send", acts: true, ...fault })
    const before = process.memoryUsage.rss()
    const id = await gateway.post({ users: ["zhangsan"] })
    await gateway.until(async () => (await gateway.attempts(id))[0]?.result === "in_doubt")
    const more = process.memoryUsage.rss() - before
    assert.ok(more < 150_000_000, `${more} bytes more`)
    await gateway.advance(2)
    assert.deepEqual(await gateway.outcome(id), ["sent"])
    assert.equal((await gateway.phone("zhangsan")).length, 1)
  })
}

function gzipBomb(): Buffer {
  // Bytes after the end of a gzip are read as another gzip.
  const body = Buffer.concat(Array(20).fill(gzipSync(Buffer.alloc(10_000_000, 0x20))))
  const head = ["HTTP/1.1 200 OK", "Content-Type: application/json", "Content-Encoding: gzip"]
  return Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\nContent-Length: ${body.length}\r\n\r\n`), body])
}

for (const [id, fault] of [
  ["U9", { kind: "hang_after" }],
  ["U10", { kind: "drip", delay_ms: 2000 }],
] as const) {
  // proves U9: silence after the act
  // proves U10: a slow drip
  test(`${id}: ${fault.kind} ends with the attempt's time, is repeated, and shown once`, async () => {
    // The repeat has to be answered within this time, even on a busy machine.
    await using gateway = await startDispatch({ attemptTimeoutMs: 2000 })
    await gateway.fault({ path: "message/send", ...fault })
    const message = await gateway.post({ users: ["zhangsan"] })
    await gateway.until(async () => (await gateway.attempts(message))[0]?.result === "in_doubt")
    await gateway.advance(2)
    assert.deepEqual(await gateway.outcome(message), ["sent"])
    assert.equal((await gateway.phone("zhangsan")).length, 1)
  })
}

// proves U12: redirects
test("U12: a redirect is not followed; where all requests meet one the app is paused and the setting named", async () => {
  await using gateway = await startDispatch()
  await gateway.fault({ path: "*", kind: "http_status", status: 302, times: 2 })
  const id = await gateway.post({ users: ["zhangsan"] })
  await gateway.until(async () => (await pause(gateway)) !== undefined)
  assert.match((await pause(gateway))?.errmsg ?? "", /302/)
  assert.equal((await gateway.calls()).length, 0)
  await gateway.advance(61)
  assert.deepEqual(await gateway.outcome(id), ["sent"])
})

test("U12: a redirect that only one message meets is not followed, and keeps that message waiting", async () => {
  await using gateway = await startDispatch()
  await gateway.fault({ path: "message/send", kind: "http_status", status: 302 })
  const id = await gateway.post({ users: ["zhangsan"] })
  await gateway.until(async () => (await gateway.attempts(id))[0]?.result === "not_sent")
  // The redirect leads to the same path, so that a client that follows it makes a second call.
  assert.equal((await gateway.calls()).length, 1)
  assert.deepEqual(await gateway.outcome(await gateway.post({ users: ["lisi"] })), ["sent"])
  assert.equal(await pause(gateway), undefined)
  await gateway.advance(2)
  assert.deepEqual(await gateway.outcome(id), ["sent"])
})

// proves U17: hours without WeCom
test("U17: six hours without WeCom lose nothing that has not expired", async () => {
  const { state, transport } = failing("refused", false)
  await using gateway = await startDispatch({ transport })
  const now = gateway.clock.now()
  const short = await gateway.post({ users: ["zhangsan"], expiresAt: now + 3_600_000 })
  const ids = await Promise.all(
    Array.from({ length: 10 }, (_, n) =>
      gateway.post({ users: ["lisi"], text: `${n}`, priority: n % 2 === 0 ? "high" : "bulk" }),
    ),
  )
  for (let hours = 0; hours < 6; hours++) {
    await gateway.advance(3600)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  assert.deepEqual(await gateway.outcome(short), ["expired"])
  state.fails = false
  // On a busy machine a try may end, and set the time of the next one, only after time has passed.
  for (const id of ids) {
    while ((await gateway.summary(id)).finishedAt === undefined) {
      await gateway.advance(61)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    assert.deepEqual(await gateway.states(id), ["sent"])
  }
})

test("in doubt past the check's window, it stays so until an operator chooses", async () => {
  const { state, transport } = failing("reset", true)
  await using gateway = await startDispatch({ transport })
  const id = await gateway.post({ users: ["zhangsan"] })
  await gateway.until(async () => (await gateway.attempts(id))[0]?.result === "in_doubt")
  for (let minutes = 0; minutes < 250; minutes += 10) {
    const before = state.tries
    await gateway.advance(600)
    if (minutes < 230) await gateway.until(() => state.tries > before)
  }
  assert.deepEqual(await gateway.outcome(id), ["in_doubt"])
  assert.equal((await gateway.recipients(id))[0]?.reason, "answer_lost")
  const attempts = await gateway.attempts(id)
  assert.ok(attempts.every(({ result }) => result === "in_doubt"))
  const last = attempts.at(-1)?.startedAt ?? Infinity
  assert.ok(last - (attempts[0]?.startedAt ?? 0) < (14_400 - 300) * 1000)
})

test("42014 on the repeat of a card means that the first one has probably arrived", async () => {
  await using gateway = await startDispatch()
  await gateway.fault({ path: "message/send", kind: "reset_after" })
  await gateway.fault({ path: "message/send", kind: "errcode", errcode: 42014 })
  const id = await gateway.post({ users: ["zhangsan"] })
  await gateway.until(async () => (await gateway.attempts(id))[0]?.result === "in_doubt")
  await gateway.advance(2)
  assert.deepEqual(await gateway.outcome(id), ["in_doubt"])
  const [zhangsan] = await gateway.recipients(id)
  assert.deepEqual([zhangsan?.reason, zhangsan?.errcode], ["probably_sent", 42014])
})

test("a lost answer holds the lane of its order key for a minute, not longer", async () => {
  await using gateway = await startDispatch()
  await gateway.fault({ path: "message/send", kind: "reset_before", match: "一", times: 99 })
  const first = await gateway.post({ users: ["zhangsan"], text: "一", orderKey: "k" })
  const second = await gateway.post({ users: ["lisi"], text: "二", orderKey: "k" })
  await gateway.until(async () => (await gateway.attempts(first))[0]?.result === "in_doubt")
  await gateway.advance(20)
  await new Promise((resolve) => setTimeout(resolve, 50))
  assert.deepEqual(await gateway.states(second), ["pending"])
  await gateway.advance(45)
  assert.deepEqual(await gateway.outcome(second), ["sent"])
  assert.deepEqual(await gateway.states(first), ["pending"])
})
