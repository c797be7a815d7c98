import assert from "node:assert/strict"
import { test } from "node:test"
import { StorageError } from "../model/storage-error.ts"
import { everyFault, faulty } from "../store/testing/faulty-store.ts"
import type { StoreFault } from "../store/testing/faulty-store.ts"
import { startDispatch } from "./testing/start-dispatch.ts"
import type { DispatchUnderTest } from "./testing/start-dispatch.ts"

/** The least number of calls of each method in the tests below. */
const OUTBOX = {
  waiting: 3,
  claim: 3,
  claimExpired: 2,
  release: 3,
  chunks: 2,
  openCalls: 2,
  begin: 6,
  settle: 6,
  update: 2,
}

/** Lets time pass until all messages are finished; a fault may have to pass first. */
async function finish(gateway: DispatchUnderTest, ids: readonly string[]): Promise<void> {
  for (let n = 0; n < 1000; n++) {
    await new Promise((resolve) => setTimeout(resolve, 15))
    const summaries = await Promise.all(ids.map((id) => gateway.summary(id)))
    if (summaries.every(({ finishedAt }) => finishedAt !== undefined)) return
    // On a busy machine work under way takes many of these rounds; after four hours it would stay in doubt.
    await gateway.advance(n < 5 ? 1 : n < 40 ? 61 : 1)
  }
  throw new Error(`never finished: ${JSON.stringify(gateway.log.slice(-3))}`)
}

type FaultyStore = "outbox" | "lookups" | "misses" | "personTimes" | "apps" | "reader" | "busyMembers"

async function check(fault: StoreFault, store: FaultyStore): Promise<void> {
  await using gateway = await startDispatch({
    // All messages are there when it begins, on any machine: a call that fails would keep later ones from beginning.
    idle: true,
    settings: { member_per_minute: PER_MINUTE, ...(store === "personTimes" && { account_cap: 10 }) },
    wrap: (stores) => ({ ...stores, [store]: faulty(stores[store], [fault]) }),
  })
  // Answers are lost, so that calls are read again and repeated too.
  await gateway.fault({ path: "message/send", kind: "reset_after", match: "一" })
  await gateway.fault({ path: "message/send", kind: "reset_before", match: "四" })
  const users = ["zhangsan", "lisi", "ghost"]
  const ids = [
    await gateway.post({ users, text: "一" }),
    await gateway.post({ mobiles: ["13800000001", "13800000002", "13800000002", "13800000099"], text: "二" }),
    await gateway.post({
      users: ["WangWu"],
      parts: ["三", "四"].map((content) => JSON.stringify({ msgtype: "text", text: { content } })),
    }),
  ]
  gateway.start()
  await finish(gateway, ids)
  const wentWrong = (): boolean => gateway.log.some(({ fields }) => "code" in fields && fields.code === "storage_error")
  // A busy machine may need fewer claims, so that the fault has not happened yet: further messages follow, which no phone
  // shows.
  for (let more = 0; more < 3 && !wentWrong(); more++) {
    await finish(gateway, [await gateway.post({ users: ["ghost"], text: `${more}` })])
  }
  assert.ok(wentWrong(), "it went wrong")
  assert.deepEqual(await gateway.states(ids[0] ?? ""), ["sent", "sent", "invalid"])
  assert.deepEqual(await gateway.states(ids[1] ?? ""), ["sent", "sent", "sent", "not_found"])
  assert.deepEqual(await gateway.states(ids[2] ?? ""), ["sent"])
  for (const userid of ["zhangsan", "lisi"]) assert.deepEqual([...(await gateway.phone(userid))].sort(), ["一", "二"])
  assert.deepEqual(await gateway.phone("WangWu"), ["三", "四"])
  await mustHaveGivenBackEverySlot(gateway)
}

/** 12.R15: a slot of a member that is never given back would keep later messages from them, for up to two hours. */
async function mustHaveGivenBackEverySlot(gateway: DispatchUnderTest): Promise<void> {
  await gateway.advance(61)
  const ids = await Promise.all(
    Array.from({ length: PER_MINUTE }, (_, n) => gateway.post({ users: ["zhangsan", "WangWu"], text: `later ${n}` })),
  )
  for (const id of ids) assert.deepEqual(await gateway.outcome(id), ["sent", "sent"])
}

const PER_MINUTE = 4

for (const fault of Object.entries(OUTBOX).flatMap(([method, calls]) => everyFault([method], calls))) {
  // proves 3.test 1: store contract, broken stores, faults
  // proves 12.R15: storage trouble at any step
  test(`${fault.method} failing ${fault.when} its ${fault.call}. time: no recipient is lost, none gets two copies`, () =>
    check(fault, "outbox"))
}

for (const [store, methods, times] of [
  ["lookups", ["get", "set", "getPause"], 2],
  // Once for all messages that wait.
  ["misses", ["take"], 1],
  ["misses", ["settle"], 2],
  ["personTimes", ["take", "giveBack"], 1],
  ["apps", ["list", "get", "secrets"], 1],
  ["reader", ["sends"], 1],
  ["busyMembers", ["since"], 1],
] as const) {
  for (const fault of everyFault(methods, times)) {
    test(`${store}.${fault.method} failing ${fault.when} its ${fault.call}. time costs a delay at most`, () =>
      check(fault, store))
  }
}

/** Methods that are called only when something else happens, and how to cause that. */
const SELDOM: Readonly<
  Record<string, { readonly store: FaultyStore; readonly comesAbout: (g: DispatchUnderTest) => Promise<void> }>
> = {
  // A call that takes longer than the time after which claims are renewed.
  renew: {
    store: "outbox",
    async comesAbout(gateway) {
      await gateway.fault({ path: "message/send", kind: "slow", delay_ms: 300 })
      await gateway.post({ users: ["lisi"], text: "slow" })
      await gateway.until(async () => (await gateway.calls()).length === 1)
      await gateway.advance(31)
      await gateway.advance(31)
    },
  },
  // The limit changes, so that waiting messages are looked at again.
  makeAppDue: {
    store: "outbox",
    async comesAbout(gateway) {
      await gateway.stores.apps.change("alerts", { settings: { member_per_minute: 20 } }, gateway.clock.now())
      await gateway.stores.apps.change("alerts", { settings: {} }, gateway.clock.now())
    },
  },
  // Two calls that must go out again, to a member whose limit for this minute is used up.
  delayCall: {
    store: "outbox",
    async comesAbout(gateway) {
      await gateway.fault({ path: "message/send", kind: "errcode", errcode: -1, match: "again", times: 2 })
      for (const text of ["again 1", "again 2"]) {
        const id = await gateway.post({ users: ["lisi"], text })
        await gateway.until(async () => (await gateway.recipients(id))[0]?.reason === "wecom_busy")
      }
      const ids = await Promise.all(
        Array.from({ length: 30 }, (_, n) => gateway.post({ users: ["lisi"], text: `enough ${n}` })),
      )
      for (const id of ids) await gateway.outcome(id)
      for (let seconds = 0; seconds < 20; seconds++) await gateway.advance(1)
    },
  },
  // The clock is set, twice, while a call is in doubt.
  clockJumped: {
    store: "outbox",
    async comesAbout(gateway) {
      await gateway.fault({ path: "message/send", kind: "reset_after" })
      const id = await gateway.post({ users: ["lisi"], text: "in doubt" })
      await gateway.until(async () => (await gateway.attempts(id))[0]?.result === "in_doubt")
      for (const hours of [-2, 1]) {
        gateway.clock.jump(hours * 3_600_000)
        await gateway.advance(1)
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    },
  },
  setPause: {
    store: "lookups",
    async comesAbout(gateway) {
      await gateway.fault({ path: "user/getuserid", kind: "errcode", errcode: 45009, times: 1 })
      await gateway.post({ mobiles: ["13800000002"], text: "closed" })
      await gateway.until(async () => (await gateway.calls("user/getuserid")).length === 1)
    },
  },
}

for (const [method, { store, comesAbout }] of Object.entries(SELDOM)) {
  for (const fault of everyFault([method], 2)) {
    test(`${store}.${fault.method} failing ${fault.when} its ${fault.call}. time: no recipient is lost, none gets two copies`, async () => {
      const told = { calls: 0 }
      await using gateway = await startDispatch({
        wrap: (stores) => ({ ...stores, [store]: counting(faulty(stores[store], [fault]), method, told) }),
      })
      await comesAbout(gateway)
      const users = ["zhangsan", "lisi", "ghost"]
      const ids = [
        await gateway.post({ users, text: "一" }),
        await gateway.post({ mobiles: ["13800000002"], text: "二" }),
      ]
      await finish(gateway, ids)
      assert.deepEqual(await gateway.states(ids[0] ?? ""), ["sent", "sent", "invalid"])
      assert.deepEqual(await gateway.states(ids[1] ?? ""), ["sent"])
      const seen = [...(await gateway.phone("lisi"))]
      assert.deepEqual(new Set(seen).size, seen.length, seen.join())
      assert.ok(told.calls >= fault.call, `${told.calls} calls`)
    })
  }
}

function counting<T extends object>(store: T, method: string, told: { calls: number }): T {
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target)
      if (name !== method || typeof value !== "function") return value
      return (...parameters: readonly unknown[]): unknown => {
        told.calls++
        return Reflect.apply(value, target, parameters)
      }
    },
  })
}

// proves S5: a full disk at the outcome
test("S5: an outcome that cannot be stored for want of space is stored when there is some, and no recipient gets two copies", async () => {
  let isFull = true
  await using gateway = await startDispatch({
    wrap: (stores) => ({
      ...stores,
      outbox: {
        ...stores.outbox,
        settle: (settlements) =>
          isFull ? Promise.reject(new StorageError("storage_full")) : stores.outbox.settle(settlements),
      },
    }),
  })
  const id = await gateway.post({ users: ["zhangsan"] })
  await gateway.until(() =>
    gateway.log.some(({ sentence }) => sentence === "could not store the result of a call; trying again"),
  )
  assert.deepEqual(await gateway.states(id), ["pending"])
  isFull = false
  await gateway.advance(2)
  assert.deepEqual(await gateway.outcome(id), ["sent"])
  assert.equal((await gateway.calls()).length, 1)
})

test("a pause that cannot be stored holds all the same", async () => {
  await using gateway = await startDispatch({
    wrap: (stores) => ({ ...stores, apps: faulty(stores.apps, everyFault(["pause"], 5)) }),
  })
  await gateway.fault({ path: "message/send", kind: "errcode", errcode: 60020 })
  const id = await gateway.post({ users: ["zhangsan"] })
  await gateway.until(() => gateway.log.some(({ sentence }) => sentence.includes("paused")))
  await new Promise((resolve) => setTimeout(resolve, 30))
  assert.equal((await gateway.calls()).length, 1)
  await gateway.advance(61)
  assert.deepEqual(await gateway.outcome(id), ["sent"])
})
