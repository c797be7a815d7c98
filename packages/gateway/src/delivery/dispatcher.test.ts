import assert from "node:assert/strict"
import { test } from "node:test"
import { REQUEST_SOCKETS } from "@wecom-push/sdk/internals"
import { LOOKUPS_AT_ONCE } from "../limits/lookup-rules.ts"
import { StorageError } from "../model/storage-error.ts"
import type { StoredEvent } from "../model/ports/events.ts"
import type { LocalStores } from "../model/ports/stores.ts"
import { over } from "../store/testing/broken-stores.ts"
import { ALERTS_IDS, startDispatch } from "./testing/start-dispatch.ts"

const DAY = 86_400_000
const busy = new StorageError("storage_busy")
const aWhile = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 20))

interface Followed {
  readonly id: string
  readonly by: number
}

/** Stores that note how they follow the clock. The first `failures` times fail. */
function following(followed: Followed[], failures = 0) {
  let left = failures
  return (stores: LocalStores): LocalStores => ({
    ...stores,
    outbox: {
      ...stores.outbox,
      clockJumped: async (jump) => {
        followed.push(jump)
        if (left-- > 0) throw busy
        await stores.outbox.clockJumped(jump)
      },
    },
  })
}

for (const [what, aheadMs, follows] of [
  ["a second and a bit after now", 1500, true],
  ["less than a second after now", 700, false],
  ["a minute before now", -60_000, false],
] as const) {
  test(`N6: when the newest event is of ${what}, the clock was ${follows ? "" : "not "}set back before the start`, async () => {
    const followed: Followed[] = []
    const asked: unknown[] = []
    await using gateway = await startDispatch({
      wrap: (stores) => ({
        ...following(followed)(stores),
        events: {
          subscribe: (listener) => stores.events.subscribe(listener),
          latest: () => Promise.resolve(41),
          oldest: () => Promise.resolve(1),
          isStillThere: () => Promise.resolve(true),
          since: (...query) => {
            asked.push(query)
            // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only its time is looked at
            return Promise.resolve([{ at: Date.now() + aheadMs } as StoredEvent])
          },
        },
      }),
    })
    assert.deepEqual(await gateway.outcome(await gateway.post({ users: ["zhangsan"] })), ["sent"])
    assert.deepEqual(asked, [[40, { limit: 1, apps: "all" }]])
    assert.equal(followed.length, follows ? 1 : 0)
    const told = gateway.log.filter(({ sentence }) => sentence.includes("was set back"))
    assert.equal(told.length, follows ? 1 : 0)
    // Calls in doubt may be older than recorded, by an unknown time.
    const by = (followed[0]?.by ?? -DAY - aheadMs) + DAY
    assert.ok(by >= -aheadMs && by <= -aheadMs + 1000, `${by}`)
  })
}

function withLatest(stores: LocalStores, latest: () => Promise<number>): LocalStores {
  return { ...stores, events: over(stores.events, { latest }) }
}

test("a store that cannot tell its newest event keeps nothing from going out", async () => {
  await using gateway = await startDispatch({
    wrap: (stores) => withLatest(stores, () => Promise.reject(busy)),
  })
  assert.deepEqual(await gateway.outcome(await gateway.post({ users: ["zhangsan"] })), ["sent"])
  assert.ok(gateway.log.some(({ sentence }) => sentence === "clock check failed"))
})

test("a dispatcher that is stopped while it begins sends nothing, and begins nothing that would be left unfinished", async () => {
  const latest = Promise.withResolvers<number>()
  let listens = false
  await using gateway = await startDispatch({
    wrap: (stores) => {
      const onWork: typeof stores.outbox.onWork = (listener) => {
        listens = true
        return stores.outbox.onWork(listener)
      }
      return withLatest({ ...stores, outbox: { ...stores.outbox, onWork } }, () => latest.promise)
    },
  })
  await gateway.post({ users: ["zhangsan"] })
  await gateway.dispatcher.stop(0)
  latest.resolve(0)
  await aWhile()
  assert.deepEqual([(await gateway.calls()).length, listens], [0, false])
})

test("N6: that the clock was set is seen within five seconds, though no work is done", async () => {
  const followed: Followed[] = []
  await using gateway = await startDispatch({ wrap: following(followed) })
  await gateway.outcome(await gateway.post({ users: ["zhangsan"] }))
  for (const [count, by] of [
    [1, 3_600_000],
    [2, -7_200_000],
  ] as const) {
    gateway.clock.jump(by)
    gateway.clock.advance(5000)
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
    assert.equal(gateway.log.filter(({ sentence }) => sentence === "the wall clock was set").length, count)
    await gateway.until(() => followed.at(-1)?.by === by, "the store to follow")
  }
  assert.equal(new Set(followed.map(({ id }) => id)).size, 2)
})

test("N6: a store that cannot follow the clock is asked again every second, with the same jump", async () => {
  const followed: Followed[] = []
  await using gateway = await startDispatch({ wrap: following(followed, 2) })
  await aWhile()
  gateway.clock.jump(-3_600_000)
  await gateway.post({ users: ["zhangsan"] })
  for (const count of [1, 2, 3]) {
    await gateway.until(() => followed.length === count, `try ${count}`)
    await aWhile()
    assert.equal(followed.length, count)
    await gateway.advance(1.1)
  }
  assert.deepEqual(new Set(followed.map(({ id, by }) => `${id} ${by}`)).size, 1)
})

test("what waits for a limit keeps waiting when the store cannot reschedule it, and new messages go out", async () => {
  await using gateway = await startDispatch({
    wrap: (stores) => ({ ...stores, outbox: { ...stores.outbox, makeAppDue: () => Promise.reject(busy) } }),
  })
  await gateway.stores.apps.change("alerts", { settings: { member_per_minute: 5 } }, gateway.clock.now())
  assert.deepEqual(await gateway.outcome(await gateway.post({ users: ["zhangsan"] })), ["sent"])
  await gateway.until(() => gateway.log.some(({ sentence }) => sentence.includes("could not reschedule")))
})

test("what waits for the day's allowance of unknown numbers goes out when the corp is given a larger one", async () => {
  await using gateway = await startDispatch({ corpSettings: { lookup_miss_budget: 0 } })
  const id = await gateway.post({ mobiles: ["13800000001"] })
  await gateway.until(async () => (await gateway.recipients(id))[0]?.reason === "lookup_budget")
  await gateway.stores.corps.put(ALERTS_IDS.corpId, { lookup_miss_budget: 1 }, gateway.clock.now())
  assert.deepEqual(await gateway.outcome(id), ["sent"])
})

test("a look-up for its own sake tells why it failed: of the app that is paused, or of the question", async () => {
  await using gateway = await startDispatch()
  const ask = (address: string, app = "alerts") =>
    gateway.dispatcher.lookUp({ app, type: "mobile", address, fresh: false })
  assert.deepEqual(await ask("13800000001", "nobody"), { kind: "failed" })
  await gateway.fault({ path: "user/getuserid", kind: "errcode", errcode: 40033 })
  const refused = await ask("13800000001")
  assert.ok(refused.kind === "failed" && refused.errcode === 40033 && refused.errmsg !== undefined)
  await gateway.fault({ path: "user/getuserid", kind: "errcode", errcode: 60020, times: 9 })
  await ask("13800000001")
  await gateway.until(async () => (await gateway.stores.apps.get("alerts"))?.pause !== undefined)
  // A change by an administrator makes the app, with its pause, be read again.
  await gateway.stores.apps.change("alerts", { settings: { member_per_minute: 5 } }, gateway.clock.now())
  const paused = await ask("13800000001")
  assert.equal(paused.kind, "failed")
})

test("a change of a card is made once: lost it is unknown, and never tried again", async () => {
  await using gateway = await startDispatch()
  const body = JSON.stringify({ response_code: "x", agentid: 1_000_002, button: { replace_name: "x" } })
  await gateway.fault({ path: "message/update_template_card", kind: "reset_after", times: 9 })
  assert.deepEqual(await gateway.dispatcher.updateCard("alerts", body), { kind: "unknown" })
  assert.equal((await gateway.calls("message/update_template_card")).length, 1)
  await gateway.control("DELETE", "faults")
  const transport = await startDispatch({ baseUrl: "http://127.0.0.1:9" })
  await using _ = transport
  assert.deepEqual(await transport.dispatcher.updateCard("alerts", body), { kind: "unreachable" })
})

test("a change of a card that WeCom makes tells whom it did not reach", async () => {
  await using gateway = await startDispatch()
  const card = {
    card_type: "button_interaction",
    main_title: { title: "t" },
    button_list: [{ text: "ok", key: "ok" }],
    task_id: "task-1",
  }
  const parts = [JSON.stringify({ msgtype: "template_card", template_card: card })]
  const id = await gateway.post({ users: ["zhangsan"], msgtype: "template_card", parts })
  await gateway.outcome(id)
  const { items } = await gateway.stores.reader.calls({ messageId: id, limit: 1 })
  const body = {
    userids: ["zhangsan", "ghost"],
    agentid: 1_000_002,
    response_code: items[0]?.responseCode,
    button: { replace_name: "done" },
  }
  const updated = await gateway.dispatcher.updateCard("alerts", JSON.stringify(body))
  assert.deepEqual(updated, { kind: "updated", invalidUsers: ["ghost"] })
})

test("what keeps an app from sending is reported: nothing for an app that sent nothing, the pause for one that is paused", async () => {
  await using gateway = await startDispatch()
  const nothing = { closedUntil: undefined, why: undefined, outage: undefined }
  assert.deepEqual(gateway.dispatcher.standing("alerts"), nothing)
  await gateway.fault({ path: "message/send", kind: "errcode", errcode: 60020, times: 9 })
  await gateway.post({ users: ["zhangsan"] })
  await gateway.until(() => gateway.dispatcher.standing("alerts").why === "app_paused")
  assert.deepEqual(gateway.dispatcher.standing("hr"), nothing)
})

test("a stop waits for what is under way, and for no longer than it was given", async () => {
  const [held, begun] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  await using gateway = await startDispatch({
    transport: (real) => ({
      ...real,
      async request(request) {
        if (!request.url.pathname.endsWith("/message/send")) return real.request(request)
        begun.resolve()
        await held.promise
        return real.request(request)
      },
    }),
  })
  const id = await gateway.post({ users: ["zhangsan"] })
  await begun.promise
  assert.equal(gateway.dispatcher.isRunning(), true)
  await gateway.dispatcher.stop(1)
  assert.equal(gateway.dispatcher.isRunning(), false)
  assert.equal((await gateway.attempts(id))[0]?.result, undefined)
  const stopped = gateway.dispatcher.stop(60_000)
  held.resolve()
  await stopped
  assert.equal((await gateway.attempts(id))[0]?.result, "accepted")
  const later = await gateway.post({ users: ["lisi"] })
  await aWhile()
  assert.deepEqual(await gateway.states(later), ["pending"])
})

test("a dispatcher that has stopped follows no app and no message any more", async () => {
  const madeDue: string[] = []
  await using gateway = await startDispatch({
    wrap: (stores) => ({
      ...stores,
      outbox: { ...stores.outbox, makeAppDue: (app) => Promise.resolve(void madeDue.push(app)) },
    }),
  })
  const change = (limit: number) =>
    gateway.stores.apps.change("alerts", { settings: { member_per_minute: limit } }, gateway.clock.now())
  await change(5)
  await gateway.until(() => madeDue.length === 1)
  const id = await gateway.post({ users: ["zhangsan"], sendAt: gateway.clock.now() + 3_600_000 })
  const finished = gateway.dispatcher.finished(id, 60_000)
  await aWhile()
  await gateway.dispatcher.stop(0)
  await change(6)
  const other = gateway.start()
  await other.cancel(id)
  await aWhile()
  gateway.clock.advance(60_000)
  assert.equal(await finished, false)
  assert.deepEqual(madeDue, ["alerts"])
})

test("calls of all apps leave sockets for look-ups", async () => {
  const held = Promise.withResolvers<void>()
  let calls = 0
  await using gateway = await startDispatch({
    simulator: { members: 200 },
    settings: { concurrent_calls: 500 },
    transport: (real) => ({
      ...real,
      async request(request) {
        if (!request.url.pathname.endsWith("/message/send")) return real.request(request)
        calls++
        await held.promise
        return real.request(request)
      },
    }),
  })
  const users = Array.from({ length: 150 }, (_, n) => `m${String(n + 1).padStart(6, "0")}`)
  for (const user of users) await gateway.post({ users: [user], text: user })
  await gateway.until(() => calls === REQUEST_SOCKETS - LOOKUPS_AT_ONCE)
  await aWhile()
  assert.equal(calls, REQUEST_SOCKETS - LOOKUPS_AT_ONCE)
  held.resolve()
})
