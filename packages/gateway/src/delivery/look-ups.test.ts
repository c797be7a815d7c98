import assert from "node:assert/strict"
import { test } from "node:test"
import type { Transport, TransportRequest, TransportResponse } from "@wecom-push/sdk"
import { StorageError } from "../model/storage-error.ts"
import { HeldMessages } from "./testing/count-held.ts"
import { startDispatch } from "./testing/start-dispatch.ts"
import type { DispatchUnderTest } from "./testing/start-dispatch.ts"

/** A WeCom that holds its answers to look-ups until the test releases them. */
class SlowLookups {
  readonly held: (() => void)[] = []
  asked = 0
  most = 0
  #isQuick = false

  transport = (real: Transport): Transport => ({ ...real, request: (request) => this.#answer(real, request) })

  async #answer(real: Transport, request: TransportRequest): Promise<TransportResponse> {
    if (!request.url.pathname.endsWith("/user/getuserid")) return real.request(request)
    this.asked++
    request.onConnected?.()
    if (!this.#isQuick) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.held.push(resolve)
      this.most = Math.max(this.most, this.held.length)
      await promise
    }
    return real.request(request)
  }

  answerOne(): void {
    this.held.shift()?.()
  }

  answerAll(): void {
    this.#isQuick = true
    for (const answer of this.held.splice(0)) answer()
  }
}

const mobile = (number: number): string => `139${String(number + 1).padStart(8, "0")}`

function postToNewMobiles(gateway: DispatchUnderTest, count: number, app = "alerts"): Promise<readonly string[]> {
  return Promise.all(
    Array.from({ length: count }, (_, n) => gateway.post({ app, mobiles: [mobile(n)], text: `for ${app} ${n}` })),
  )
}

/** The number of look-ups under way is the only limit. */
const corpSettings = { lookup_miss_budget: 100_000 }

// proves 12.R12: look-ups delay no other message
test("12.R12: what needs no look-up goes out while a thousand messages wait for theirs", async () => {
  const wecom = new SlowLookups()
  const simulator = { members: 1000 }
  await using gateway = await startDispatch({ simulator, corpSettings, transport: wecom.transport, idle: true })
  const waiting = await postToNewMobiles(gateway, 1000)
  gateway.start()
  await gateway.until(() => wecom.held.length === 28, "as many look-ups as there may be")
  const known = await gateway.post({ users: ["zhangsan"], text: "needs no look-up" })
  assert.deepEqual(await gateway.outcome(known), ["sent"])
  assert.equal(wecom.most, 28)
  assert.equal(wecom.asked, 28, "none has been answered yet")
  wecom.answerAll()
  for (const id of waiting) assert.deepEqual(await gateway.outcome(id), ["sent"])
})

// proves 12.R12: look-ups delay no other message
test("12.R12: with one number left of the day's budget one is asked at a time, and nothing else waits for it", async () => {
  const wecom = new SlowLookups()
  const simulator = { members: 100 }
  const one = { lookup_miss_budget: 1 }
  await using gateway = await startDispatch({ simulator, corpSettings: one, transport: wecom.transport, idle: true })
  const waiting = await postToNewMobiles(gateway, 100)
  gateway.start()
  for (let answered = 0; answered < 3; answered++) {
    await gateway.until(() => wecom.held.length === 1, "one look-up")
    const known = await gateway.post({ users: ["zhangsan"], text: `beside ${answered}` })
    assert.deepEqual(await gateway.outcome(known), ["sent"])
    assert.equal(wecom.asked, answered + 1)
    wecom.answerOne()
  }
  wecom.answerAll()
  for (const id of waiting) assert.deepEqual(await gateway.outcome(id), ["sent"])
  assert.equal(wecom.most, 1)
})

// proves 12.R12: look-ups delay no other message
test("12.R12: those of a message who are known wait a moment for those who are looked up, and no longer", async () => {
  const wecom = new SlowLookups()
  await using gateway = await startDispatch({ transport: wecom.transport })
  const id = await gateway.post({ users: ["zhangsan"], mobiles: ["13800000002"] })
  await gateway.until(() => wecom.held.length === 1, "the look-up")
  await gateway.until(async () => (await gateway.states(id))[0] === "sent", "the known recipient")
  assert.deepEqual(await gateway.states(id), ["sent", "pending"])
  wecom.answerAll()
  assert.deepEqual(await gateway.outcome(id), ["sent", "sent"])
  assert.equal((await gateway.calls()).length, 2)
  const quick = await gateway.post({ users: ["zhangsan"], mobiles: ["13800000003"], text: "answered at once" })
  assert.deepEqual(await gateway.outcome(quick), ["sent", "sent"])
  assert.equal((await gateway.calls()).length, 3, "one call for both")
})

// proves 12.R12: look-ups delay no other message
test("12.R12: a message that waits for look-ups is cancelled at once, and asks nothing more", async () => {
  const wecom = new SlowLookups()
  const simulator = { members: 100 }
  await using gateway = await startDispatch({ simulator, corpSettings, transport: wecom.transport })
  const id = await gateway.post({ mobiles: Array.from({ length: 100 }, (_, n) => mobile(n)) })
  await gateway.until(() => wecom.held.length === 20, "as many look-ups as a message asks at a time")
  await gateway.dispatcher.cancel(id)
  assert.deepEqual(new Set(await gateway.outcome(id)), new Set(["cancelled"]))
  wecom.answerAll()
  const other = await gateway.post({ mobiles: [mobile(99)], text: "of another message" })
  assert.deepEqual(await gateway.outcome(other), ["sent"])
  assert.equal(wecom.asked, 21)
})

// proves 12.R12: look-ups delay no other message
test("12.R12: a message that waits for look-ups expires at its time", async () => {
  const wecom = new SlowLookups()
  await using gateway = await startDispatch({ transport: wecom.transport })
  const expiresAt = gateway.clock.now() + 60_000
  const id = await gateway.post({ users: ["zhangsan"], mobiles: ["13800000002"], expiresAt })
  await gateway.until(() => wecom.held.length === 1, "the look-up")
  await gateway.advance(61)
  assert.deepEqual(await gateway.outcome(id), ["expired", "expired"])
  wecom.answerAll()
})

// proves 12.R12: look-ups delay no other message
test("12.R12: however many wait for look-ups, a bounded number is in memory, and each has its turn", async () => {
  const wecom = new SlowLookups()
  const held = new HeldMessages()
  const simulator = { members: 3000 }
  const options = { simulator, corpSettings, transport: wecom.transport, wrap: held.wrap, idle: true }
  await using gateway = await startDispatch(options)
  const waiting = await postToNewMobiles(gateway, 3000)
  gateway.start()
  const known = await gateway.post({ users: ["zhangsan"], text: "needs no look-up" })
  assert.deepEqual(await gateway.outcome(known), ["sent"])
  // This message is after the others in the queue, so all of them have been looked at: as many as may wait, and as many as
  // may be at work.
  assert.ok(held.most <= 1024 + 512 + 1, `${held.most} in memory`)
  wecom.answerAll()
  // Without the wait of a minute, because the clock is not put forward.
  for (const id of waiting) assert.deepEqual(await gateway.outcome(id), ["sent"])
})

// proves 12.R12: look-ups delay no other message
test("12.R12: messages that a busy store did not make due, when there was room for their look-ups, come within a minute", async () => {
  const wecom = new SlowLookups()
  await using gateway = await startDispatch({
    simulator: { members: 1100 },
    corpSettings,
    transport: wecom.transport,
    wrap: (stores) => ({
      ...stores,
      outbox: { ...stores.outbox, makeDue: () => Promise.reject(new StorageError("storage_busy")) },
    }),
    idle: true,
  })
  const waiting = await postToNewMobiles(gateway, 1100)
  gateway.start()
  const known = await gateway.post({ users: ["zhangsan"], text: "needs no look-up" })
  assert.deepEqual(await gateway.outcome(known), ["sent"])
  wecom.answerAll()
  await gateway.until(() => gateway.log.some(({ sentence }) => sentence.includes("messages that wait for look-ups")))
  await gateway.advance(61)
  for (const id of waiting) assert.deepEqual(await gateway.outcome(id), ["sent"])
})

test("a look-up that waits for its turn is not made with a secret that was replaced meanwhile", async () => {
  const wecom = new SlowLookups()
  const secrets: (string | null)[] = []
  let reads = 0
  await using gateway = await startDispatch({
    simulator: { members: 100 },
    corpSettings,
    transport: (real) => ({
      ...real,
      request(request) {
        if (request.url.pathname.endsWith("/gettoken")) secrets.push(request.url.searchParams.get("corpsecret"))
        return wecom.transport(real).request(request)
      },
    }),
    wrap: ({ lookups, ...stores }) => ({
      ...stores,
      lookups: {
        get: (keys) => (reads++, lookups.get(keys)),
        set: (records) => lookups.set(records),
        userids: (keys, from, to) => lookups.userids(keys, from, to),
        getPause: (key) => lookups.getPause(key),
        setPause: (key, pause) => lookups.setPause(key, pause),
      },
    }),
  })
  const hr = (await gateway.stores.apps.get("hr")) ?? assert.fail()
  const change = (secret: string) => gateway.stores.apps.put({ ...hr, secrets: { secret } }, gateway.clock.now())
  await change("wrong")
  const others = await postToNewMobiles(gateway, 28)
  await gateway.until(() => wecom.held.length === 28, "as many look-ups as there may be")
  const before = reads
  const waiting = await gateway.post({ app: "hr", mobiles: ["13800000002"] })
  await gateway.until(() => reads >= before + 2, "the look-up that waits for its turn")
  await change("sim-secret-hr")
  wecom.answerAll()
  for (const id of [...others, waiting]) assert.deepEqual(await gateway.outcome(id), ["sent"])
  assert.deepEqual(secrets, ["sim-secret-alerts", "sim-secret-hr"])
})
