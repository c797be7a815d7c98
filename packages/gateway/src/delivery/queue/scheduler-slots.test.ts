import assert from "node:assert/strict"
import { test } from "node:test"
import { StorageError } from "../../model/storage-error.ts"
import { NOON } from "../../store/testing/build.ts"
import { numbered, SchedulerUnderTest } from "../testing/scheduler-under-test.ts"

const SECOND = 1000

test("of an app alone 512 are at work, and more are taken when half of them are done", async () => {
  const under = await SchedulerUnderTest.started()
  under.post(numbered(900))
  await under.quiet()
  assert.equal(under.handed.length, 512)
  under.forget()
  for (const { slot } of under.handed.slice(0, 255)) slot.release()
  await under.quiet()
  assert.deepEqual(under.looks, [], "it asks for no more")
  under.queue.wake({ app: "alerts" })
  await under.quiet()
  assert.equal(under.handed.length, 512)
  under.forget()
  under.handed[255]?.slot.release()
  await under.quiet()
  assert.equal(under.handed.length, 768)
  assert.deepEqual(
    under.claims.map(({ limit }) => limit),
    [256],
  )
})

test("where several apps have something to send each has its share, and of a priority 1024 are at work in all", async () => {
  const under = new SchedulerUnderTest()
  const apps = ["a", "b", "c", "d"]
  for (const app of apps) under.put(numbered(300, app), { app })
  under.put(numbered(300, "high"), { app: "a", priority: "high" })
  under.queue.start(under.worker)
  await under.quiet()
  const counts = Map.groupBy(under.ids, (id) => id.split("_")[0])
  assert.deepEqual(
    [...apps, "high"].map((name) => counts.get(name)?.length),
    [256, 256, 256, 256, 256],
  )
})

for (const [priority, other] of [
  ["high", "normal"],
  ["normal", "bulk"],
  ["bulk", "high"],
] as const) {
  test(`when 1024 of ${priority} are at work another app has eight all the same, and ${other} its own`, async () => {
    const under = await SchedulerUnderTest.started()
    for (const app of ["a", "b"]) under.post(numbered(600, app), { app, priority })
    await under.quiet()
    assert.equal(under.handed.length, 1024)
    under.forget()
    under.post(numbered(600, "c"), { app: "c", priority })
    under.post(numbered(600, "other"), { app: "c", priority: other })
    await under.quiet()
    const limits = new Map(under.claims.map((claim) => [claim.priority, claim.limit]))
    assert.deepEqual([limits.get(priority), limits.get(other)], [8, 341])
    under.forget()
    under.queue.wake({ app: "c" })
    await under.quiet()
    assert.deepEqual([under.claims, under.asked], [[], ["c"]], "there is no room for more")
    await under.finish("c_0")
    assert.deepEqual(
      under.claims.map(({ limit }) => limit),
      [1],
    )
    assert.equal(under.ids.at(-1), "c_8")
  })

  test(`when those of ${priority} have been given back there is room for as many again`, async () => {
    const under = await SchedulerUnderTest.started()
    for (const app of ["a", "b"]) under.post(numbered(512, app), { app, priority })
    await under.quiet()
    assert.equal(under.handed.length, 1024)
    for (const { slot } of under.handed) slot.release()
    under.forget()
    under.post(numbered(600, "c"), { app: "c", priority })
    await under.quiet()
    assert.equal(under.claims[0]?.limit, 512)
  })
}

test("however many apps have something to send, each has eight", async () => {
  const under = new SchedulerUnderTest()
  for (const app of numbered(200, "app")) under.put(numbered(20, app), { app })
  under.queue.start(under.worker)
  await under.quiet()
  const counts = Map.groupBy(under.ids, (id) => id.slice(0, id.lastIndexOf("_")))
  assert.deepEqual(new Set([...counts.values()].map(({ length }) => length)), new Set([8]))
  assert.equal(counts.size, 200)
})

test("a work slot that is released twice counts once, and one that is taken again counts", async () => {
  const under = await SchedulerUnderTest.started()
  under.post(numbered(512))
  await under.quiet()
  for (const { slot } of under.handed.slice(0, 200)) {
    slot.release()
    slot.release()
  }
  under.post(["more"])
  await under.quiet()
  assert.equal(under.handed.length, 512)
  for (const { slot } of under.handed.slice(0, 200)) {
    slot.take()
    slot.take()
  }
  for (const { slot } of under.handed.slice(0, 256)) slot.release()
  await under.quiet()
  assert.equal(under.ids.at(-1), "more")
})

test("apps that have nothing at work any more take none from the others", async () => {
  for (const priority of ["high", "normal", "bulk"] as const) {
    const under = await SchedulerUnderTest.started()
    const others = ["x", "y", "z"]
    for (const app of others) under.post([app], { app, priority })
    await under.quiet()
    for (const id of others) await under.finish(id)
    under.forget()
    under.post(numbered(600))
    await under.quiet()
    assert.equal(under.claims[0]?.limit, 512)
    under.post(["again"], { app: "x", priority })
    await under.quiet()
    assert.equal(under.ids.at(-1), "again")
  }
})

test("an app is at work while it has something of any priority there", async () => {
  for (const [first, ...others] of [
    ["high", "normal", "bulk"],
    ["normal", "bulk", "high"],
    ["bulk", "high", "normal"],
    ["high", "bulk"],
    ["bulk", "normal"],
    ["normal", "high"],
  ] as const) {
    const under = await SchedulerUnderTest.started()
    for (const app of ["x", "y", "z"]) {
      under.post([`${app} first`], { app, priority: first })
      for (const priority of others) under.post([`${app} ${priority}`], { app, priority })
    }
    await under.quiet()
    for (const app of ["x", "y", "z"]) await under.finish(`${app} first`)
    under.forget()
    under.post(numbered(600))
    await under.quiet()
    assert.equal(under.claims[0]?.limit, 256, "a quarter: it counts itself")
  }
})

test("what is given back is released at its time, with how long it holds its lane, and then the callers that wait are answered", async () => {
  const under = await SchedulerUnderTest.started()
  under.post(["msg_1"])
  await under.quiet()
  let wasReleased: number | undefined
  const onGivenBack = (): void => void (wasReleased = under.releases.length)
  under.of("msg_1").end({ atMs: NOON + 5 * SECOND, holdsLaneUntilMs: NOON + 7 * SECOND, onGivenBack })
  await under.quiet()
  const release = { messageId: "msg_1", claim: 1, nextAt: NOON + 5 * SECOND, holdsLaneUntil: NOON + 7 * SECOND }
  assert.deepEqual([under.releases, wasReleased], [[release], 1])
  await under.advance(5 * SECOND)
  assert.deepEqual(under.ids, ["msg_1", "msg_1"])
  under.of("msg_1").end({ atMs: NOON + 9 * SECOND })
  await under.quiet()
  assert.deepEqual(under.releases[1], { messageId: "msg_1", claim: 2, nextAt: NOON + 9 * SECOND })
})

test("what is finished is not released", async () => {
  const under = await SchedulerUnderTest.started()
  under.post(["msg_1"])
  await under.quiet()
  await under.finish("msg_1")
  assert.deepEqual(under.releases, [])
})

test("what cannot be given back is tried every second until it is, and that is logged", async () => {
  const under = await SchedulerUnderTest.started()
  under.post(["msg_1"])
  await under.quiet()
  under.troubles.release = new StorageError("storage_full")
  under.of("msg_1").end({ atMs: NOON + 9 * SECOND })
  await under.quiet()
  assert.deepEqual(
    under.log.map(({ fields }) => fields),
    [{ message: "msg_1", code: "storage_full" }],
  )
  await under.advance(999)
  assert.deepEqual(under.releases, [])
  await under.advance(1)
  assert.equal(under.releases.length, 1)
})

test("unless the gateway stops: then it is not waited for", async () => {
  const under = await SchedulerUnderTest.started()
  under.post(["msg_1"])
  await under.quiet()
  under.troubles.release = new StorageError("storage_full")
  under.of("msg_1").end({ atMs: NOON + 9 * SECOND })
  await under.quiet()
  under.stopping.abort()
  await under.queue.idle()
  assert.deepEqual(under.releases, [])
})

test("it is idle when everything that was handed out has been given back", async () => {
  const under = await SchedulerUnderTest.started()
  await under.queue.idle()
  under.post(["msg_1", "msg_2"])
  await under.quiet()
  let isIdle = false
  const idle = under.queue.idle().then(() => (isIdle = true))
  await under.finish("msg_1")
  assert.equal(isIdle, false)
  await under.finish("msg_2")
  assert.equal(isIdle, true)
  await idle
  under.post(["msg_3"])
  await under.quiet()
  isIdle = false
  void under.queue.idle().then(() => (isIdle = true))
  await under.quiet()
  assert.equal(isIdle, false)
  await under.finish("msg_3")
  assert.equal(isIdle, true)
})

test("there are no other workers", async () => {
  const under = await SchedulerUnderTest.started()
  await under.queue.interruptAtOthers("msg_1")
  assert.equal(await under.queue.endedAtOthers("msg_1"), false)
})

test("claims are renewed every thirty seconds, for two minutes each", async () => {
  const under = await SchedulerUnderTest.started()
  under.post(["msg_1", "msg_2"])
  await under.quiet()
  under.queue.wake({ app: "alerts" })
  await under.quiet()
  const first = { ids: ["msg_1", "msg_2"], until: NOON + 120 * SECOND }
  assert.deepEqual(under.renewals, [first])
  await under.advance(30 * SECOND - 1)
  assert.equal(under.renewals.length, 1)
  await under.advance(SECOND)
  assert.deepEqual(under.renewals.slice(1), [{ ...first, until: NOON + 151 * SECOND - 1 }])
})

test("so they are while nothing else is to be done, and no timer fires for it sooner", async () => {
  const under = await SchedulerUnderTest.started()
  under.post(["msg_1"])
  await under.quiet()
  under.rows.length = 0
  under.queue.wake({ app: "alerts" })
  await under.advance(SECOND)
  under.machine.sleeps.length = 0
  for (const renewals of [1, 2, 3]) {
    assert.equal(under.renewals.length, renewals)
    await under.advance(30 * SECOND)
  }
  assert.deepEqual(under.machine.sleeps, Array(3).fill(30 * SECOND))
})

test("where nothing is at work nothing is renewed", async () => {
  const under = await SchedulerUnderTest.started()
  under.queue.wake()
  await under.advance(60 * SECOND)
  assert.deepEqual(under.renewals, [])
})

test("only a worker that has lost its message to another is informed", async () => {
  const under = await SchedulerUnderTest.started()
  under.held = (id) => id !== "msg_2"
  under.post(["msg_1", "msg_2", "msg_3"])
  await under.quiet()
  under.queue.wake({ app: "alerts" })
  await under.quiet()
  assert.deepEqual(
    under.handed.map(({ isLost }) => isLost),
    [false, true, false],
  )
  assert.deepEqual(under.releases, [])
})
