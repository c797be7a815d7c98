import assert from "node:assert/strict"
import { test } from "node:test"
import { StorageError } from "../core/storage-error.ts"
import { everyFault, faulty } from "../store/testing/faulty-store.ts"
import type { StoreFault } from "../store/testing/faulty-store.ts"
import { startDispatch } from "./testing/start-dispatch.ts"
import type { DispatchUnderTest } from "./testing/start-dispatch.ts"

/** How often each method is called at least in what is tried below. */
const OUTBOX = {
  waiting: 3,
  claim: 3,
  claimExpired: 2,
  release: 3,
  chunks: 2,
  openCalls: 2,
  begin: 6,
  settle: 6,
  patch: 2,
}

/** Lets time pass until all are finished; a fault may have to be waited out. */
async function finish(gateway: DispatchUnderTest, ids: readonly string[]): Promise<void> {
  for (let n = 0; n < 40; n++) {
    await new Promise((resolve) => setTimeout(resolve, 15))
    const summaries = await Promise.all(ids.map((id) => gateway.summary(id)))
    if (summaries.every(({ finishedAt }) => finishedAt !== undefined)) return
    await gateway.advance(n < 5 ? 1 : 61)
  }
  throw new Error(`never finished: ${JSON.stringify(gateway.log.slice(-3))}`)
}

async function check(fault: StoreFault, store: "outbox" | "lookups" | "misses" | "apps" | "reader"): Promise<void> {
  await using gateway = await startDispatch({
    wrap: (stores) => ({ ...stores, [store]: faulty(stores[store], [fault]) }),
  })
  // Lost answers, so that calls are read again and repeated too.
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
  await finish(gateway, ids)
  assert.ok(
    gateway.log.some(({ fields }) => "code" in fields && fields.code === "storage_error"),
    "it went wrong",
  )
  assert.deepEqual(await gateway.states(ids[0] ?? ""), ["sent", "sent", "invalid"])
  assert.deepEqual(await gateway.states(ids[1] ?? ""), ["sent", "sent", "sent", "not_found"])
  assert.deepEqual(await gateway.states(ids[2] ?? ""), ["sent"])
  for (const userid of ["zhangsan", "lisi"]) assert.deepEqual([...(await gateway.phone(userid))].sort(), ["一", "二"])
  assert.deepEqual(await gateway.phone("WangWu"), ["三", "四"])
}

for (const fault of Object.entries(OUTBOX).flatMap(([method, calls]) => everyFault([method], calls))) {
  test(`${fault.method} failing ${fault.when} its ${fault.call}. time: nobody is lost, nobody gets two copies`, () =>
    check(fault, "outbox"))
}

for (const [store, methods] of [
  ["lookups", ["get", "set", "getPause"]],
  ["misses", ["take", "giveBack"]],
  ["apps", ["list", "get", "secrets"]],
  ["reader", ["sendsSince"]],
] as const) {
  for (const fault of everyFault(methods, store === "lookups" || store === "misses" ? 2 : 1)) {
    test(`${store}.${fault.method} failing ${fault.when} its ${fault.call}. time costs a delay at most`, () =>
      check(fault, store))
  }
}

test("S5: an outcome that cannot be stored for want of space is stored when there is some, and nobody gets two copies", async () => {
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
  await gateway.until(() => gateway.log.some(({ sentence }) => sentence.includes("cannot be stored")))
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
