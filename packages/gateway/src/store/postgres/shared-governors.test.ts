import assert from "node:assert/strict"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { targets } from "../../model/testing/a-target.ts"
import type { Governor, Permit, Reservation, Taken } from "../../model/ports/governor.ts"
import { sql } from "kysely"
import { connect } from "./connection.ts"
import { PruneWindows } from "./prune-windows.ts"
import { Transactions } from "./transactions.ts"
import { openNode } from "./testing/open-store.ts"
import { STILL_AT_MS } from "../../limits/testing/governor-rules.ts"
import { SharedGovernorsUnderTest } from "./testing/open-shared-governor.ts"
import { anOwner } from "../../limits/testing/an-owner.ts"

const MINUTE_MS = 60_000
const HOLD_MS = 20_000
/** Real time, enough for a busy machine. */
const LONGEST_WAIT_MS = 60_000

const times = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n)

interface Asked {
  readonly reservation: Reservation
  readonly taken: Taken
}

/** Asks this process first, like a plan. */
async function ask(governor: Governor, ...userids: readonly string[]): Promise<Asked> {
  return askFor(anOwner(), governor, ...userids)
}

async function askFor(owner: string, governor: Governor, ...userids: readonly string[]): Promise<Asked> {
  const reservation = governor.reserve("normal", owner)
  const wanted = targets(...userids).filter(({ key }) => reservation.add(key) === undefined)
  return { reservation, taken: await reservation.take(wanted) }
}

/** Like a call that was made before. */
async function askAgain(governor: Governor, nowMs: number, ...userids: readonly string[]): Promise<Asked | undefined> {
  const again = { owner: "msg_again", firstTryAtMs: nowMs, mayHaveArrived: false, waitsUntilMs: Infinity }
  const reservation = await governor.reserveAgain(targets(...userids), again)
  return "untilMs" in reservation ? undefined : { reservation, taken: { going: targets(...userids), deferred: [] } }
}

async function reach(asked: readonly Asked[], atMs: number): Promise<void> {
  for (const { reservation } of asked) {
    reservation.ended(atMs)
    await reservation.settle([])
    await reservation[Symbol.asyncDispose]()
  }
}

const going = ({ taken }: Asked): number => taken.going.length

test("two nodes that send to one member 25 times at once: 30 go, the others get a time, and then they go", async () => {
  await using world = await SharedGovernorsUnderTest.open({ memberPerMinute: 30, memberPerHour: 1000 })
  const both = await world.both()
  const asked = await Promise.all(times(50).map((n) => askFor(`m${n}`, both[n % 2] ?? assert.fail(), "zhangsan")))
  assert.equal(asked.filter(going).length, 30)
  const deferred = asked.flatMap(({ taken }) => taken.deferred)
  assert.equal(deferred.length, 20)
  for (const { untilMs, reason } of deferred) {
    assert.equal(reason, "member_rate")
    assert.equal(untilMs, STILL_AT_MS + MINUTE_MS + 3)
  }
  await reach(asked.filter(going), world.nowMs)
  // Waits until the times of members that others wait for are corrected: once the clock is set they would count as
  // later.
  for (const governor of both) await (await ask(governor, "zhangsan")).reservation[Symbol.asyncDispose]()
  await world.pass(MINUTE_MS - 1000)
  for (const governor of both) assert.equal(going(await ask(governor, "zhangsan")), 0)
  await world.pass(1003)
  const askAgain = async (): Promise<number> => {
    const again = await Promise.all(times(50).map((n) => askFor(`m${n}`, both[n % 2] ?? assert.fail(), "zhangsan")))
    for (const { reservation } of again.filter((one) => going(one) === 0)) await reservation[Symbol.asyncDispose]()
    return again.filter(going).length
  }
  // The first few are not corrected: they are not worth a second statement each, since hardly any member gets so much.
  const atOnce = await askAgain()
  assert.ok(atOnce >= 23 && atOnce <= 30, `${atOnce}`)
  await world.pass(HOLD_MS)
  assert.equal(atOnce + (await askAgain()), 30)
})

/** In how many minutes a member without room is due again. */
async function turn(governor: Governor, priority: "high" | "bulk"): Promise<number> {
  const { deferred } = await governor.reserve(priority, anOwner()).take(targets("zhangsan"))
  return ((deferred[0]?.untilMs ?? 0) - STILL_AT_MS) / MINUTE_MS
}

test("those who are turned away on two nodes come again one after another, and high priority before the others", async () => {
  await using world = await SharedGovernorsUnderTest.open({ memberPerMinute: 1 })
  const [one, two] = await world.both()
  await reach([await ask(one, "zhangsan")], world.nowMs)
  const turns = [await turn(one, "bulk"), await turn(two, "bulk"), await turn(two, "high"), await turn(one, "high")]
  assert.deepEqual(turns.map(Math.floor), [1, 2, 1, 2])
})

test("a member's hour is that of all nodes, too", async () => {
  await using world = await SharedGovernorsUnderTest.open({ memberPerMinute: 2, memberPerHour: 5 })
  const both = await world.both()
  let sent = 0
  for (const minute of times(59)) {
    const asked = await ask(both[minute % 2] ?? assert.fail(), "zhangsan")
    sent += going(asked)
    await reach([asked].filter(going), world.nowMs)
    await world.pass(MINUTE_MS)
  }
  assert.equal(sent, 5)
})

test("of a call to a thousand those go for whom there is room on all nodes together", async () => {
  await using world = await SharedGovernorsUnderTest.open({ memberPerMinute: 1 })
  const [one, two] = await world.both()
  const everybody = times(1000).map((n) => `member${n}`)
  await reach([await ask(one, ...everybody.slice(0, 300))], world.nowMs)
  const asked = await ask(two, ...everybody)
  assert.deepEqual(
    asked.taken.going.map(({ id }) => id),
    everybody.slice(300),
  )
  assert.deepEqual(
    asked.taken.deferred.map(({ target }) => target.id),
    everybody.slice(0, 300),
  )
  // This process keeps nothing either for members that have to wait.
  await asked.reservation[Symbol.asyncDispose]()
  await world.pass(MINUTE_MS + 3)
  assert.equal(going(await ask(two, ...everybody)), 1000)
})

test("what a node held when it died counts until it can have arrived, and a minute more", async () => {
  await using world = await SharedGovernorsUnderTest.open({ memberPerMinute: 1 })
  const [one, two] = world.nodes.opened
  const first = await world.governorOf("alerts", one, world.governorsOn(one))
  assert.equal(going(await ask(first, "zhangsan")), 1)
  await one.stores[Symbol.asyncDispose]()
  const second = await world.governorOf("alerts", two, world.governorsOn(two))
  for (const ms of [0, MINUTE_MS, HOLD_MS - 1]) {
    await world.pass(ms)
    assert.equal(going(await ask(second, "zhangsan")), 0, `${ms}`)
  }
  await world.pass(1)
  assert.equal(going(await ask(second, "zhangsan")), 1)
})

// proves N5: a clock that is wrong
test("N5: a node whose clock is an hour ahead sees the same windows and the same day, and tells times by its own clock", async () => {
  await using world = await SharedGovernorsUnderTest.open({ memberPerMinute: 2 })
  const [one, two] = world.nodes.opened
  const aheadMs = 60 * MINUTE_MS
  const right = await world.governorOf("alerts", one, world.governorsOn(one))
  const wrong = await world.governorOf("alerts", two, world.governorsOn(two, { aheadMs }))
  await reach([await ask(right, "zhangsan")], world.nowMs)
  await reach([await ask(wrong, "zhangsan")], world.nowMs + aheadMs)
  for (const [governor, nowMs] of [
    [right, world.nowMs],
    [wrong, world.nowMs + aheadMs],
  ] as const) {
    const { deferred } = await governor.reserve("normal", anOwner()).take(targets("zhangsan"))
    assert.equal(deferred.length, 1)
    const waitMs = (deferred[0]?.untilMs ?? 0) - nowMs
    assert.ok(waitMs > 0 && waitMs <= 2 * MINUTE_MS + 3, `${waitMs}`)
  }
  await world.pass(MINUTE_MS + 3)
  assert.equal(going(await ask(right, "zhangsan")), 1)
  assert.equal(going(await ask(wrong, "zhangsan")), 1)
})

// proves N10: limits over dead and frozen nodes
// proves 13.M4: limits of the sum
test("N10: whatever two nodes do, and whenever what they send arrives, no minute and no hour has more than its limit", async () => {
  await using world = await SharedGovernorsUnderTest.open({ memberPerMinute: 4, memberPerHour: 30 })
  const both = await world.both()
  let seed = 7
  const random = (below: number): number => (seed = (seed * 48_271) % 0x7fff_ffff) % below
  const arrived: number[] = []
  let underWay: (Asked & { readonly sinceMs: number })[] = []
  for (const _ of times(150)) {
    const sinceMs = world.nowMs
    const asked = await Promise.all(
      times(random(4)).map(() => {
        const governor = both[random(2)] ?? assert.fail()
        return random(3) === 0 ? askAgain(governor, world.nowMs, "zhangsan") : ask(governor, "zhangsan")
      }),
    )
    for (const one of asked) {
      if (one === undefined) continue
      if (going(one) === 1) underWay.push({ ...one, sinceMs })
      else await one.reservation[Symbol.asyncDispose]()
    }
    await world.pass(random(5) === 0 ? random(4 * MINUTE_MS) : random(9000))
    const [ended, left] = [underWay.filter(() => random(2) === 0), [] as typeof underWay]
    for (const one of underWay) {
      const isLate = world.nowMs > one.sinceMs + HOLD_MS
      if (!isLate && !ended.includes(one)) left.push(one)
      // Past its hold nothing goes out: the database's time passes here at once, so that no renewal comes.
      else if (isLate || random(4) === 0) await one.reservation[Symbol.asyncDispose]()
      else {
        arrived.push(world.nowMs)
        await reach([one], world.nowMs)
      }
    }
    underWay = left
  }
  assert.ok(arrived.length > 25, `${arrived.length}`)
  for (const [windowMs, limit] of [
    [MINUTE_MS, 4],
    [60 * MINUTE_MS, 30],
  ] as const) {
    for (const from of arrived) {
      const count = arrived.filter((at) => at >= from && at < from + windowMs).length
      assert.ok(count <= limit, `${count} in ${windowMs} ms`)
    }
  }
})

test("a call that one node makes again counts on all of them at once", async () => {
  await using world = await SharedGovernorsUnderTest.open({ memberPerMinute: 1 })
  const [one, two] = await world.both()
  const again = await one.reserveAgain(targets("zhangsan"), {
    owner: "msg_again",
    firstTryAtMs: STILL_AT_MS,
    mayHaveArrived: false,
    waitsUntilMs: Infinity,
  })
  assert.ok("renew" in again)
  await using _reserved = again
  assert.equal(going(await ask(two, "zhangsan")), 0)
  assert.equal(await again.renew(), true)
  again.ended(undefined)
  await again.settle([])
  assert.equal(going(await ask(two, "zhangsan")), 1)
})

test("a call that one node makes again waits where others have filled a member's window; it is for all or none", async () => {
  await using world = await SharedGovernorsUnderTest.open({ memberPerMinute: 2 })
  const [one, two] = await world.both()
  await reach([await ask(two, "zhangsan"), await ask(two, "zhangsan")], world.nowMs)
  const both = targets("lisi", "zhangsan")
  const deferred = await one.reserveAgain(both, {
    owner: "msg_again",
    firstTryAtMs: STILL_AT_MS,
    mayHaveArrived: false,
    waitsUntilMs: Infinity,
  })
  assert.ok("untilMs" in deferred)
  assert.deepEqual([going(await ask(two, "lisi")), going(await ask(two, "lisi"))], [1, 1])
  await world.pass(deferred.untilMs - STILL_AT_MS)
  const soon = {
    owner: "msg_again",
    firstTryAtMs: STILL_AT_MS,
    mayHaveArrived: false,
    waitsUntilMs: world.nowMs + 1000,
  }
  const again = await one.reserveAgain(both, soon)
  assert.ok("renew" in again, "room comes too late for it")
  await using _reserved = again
  assert.equal(going(await ask(two, "zhangsan")), 1)
  assert.equal(going(await ask(two, "zhangsan")), 0, "it counts on all nodes")
})

test("windows of members who got nothing for more than an hour are deleted, a slice at a time; the others stay", async () => {
  await using world = await SharedGovernorsUnderTest.open({ memberPerMinute: 30 })
  const [governor] = await world.both()
  await ask(governor, ...times(25).map((n) => `old${n}`))
  await world.pass(80 * MINUTE_MS)
  await ask(governor, ...times(10).map((n) => `new${n}`), "old7")
  const db = connect({ url: world.nodes.url, maxConnections: 1, onLost: () => {} })
  await using _closed = { [Symbol.asyncDispose]: () => db.destroy() }
  const prune = new PruneWindows(new Transactions(db), 10)
  let slices = 1
  while (await prune.prune(Number.MAX_SAFE_INTEGER)) slices++
  assert.equal(slices, 4)
  const { rows } = await sql`select from wecom_push.member_windows`.execute(db)
  assert.equal(rows.length, 11)
  assert.equal(await prune.prune(Number.MAX_SAFE_INTEGER), false)
})

test("the day's quota is that of all nodes", async () => {
  await using world = await SharedGovernorsUnderTest.open({ dayQuota: 200 })
  const both = await world.both()
  const asked = await Promise.all(
    times(20).map((n) =>
      (both[n % 2] ?? assert.fail()).reserve("normal", anOwner()).take(targets(...times(10).map(String))),
    ),
  )
  assert.equal(
    asked.reduce((sum, taken) => sum + taken.going.length, 0),
    190,
  )
  assert.equal(await world.quotaTaken(), 190)
})

/** A call that is under way until it is disposed of. */
async function call(governor: Governor): Promise<Permit | undefined> {
  const permit = await governor.permit("normal")
  permit?.noteExchange(1000)
  if (permit === undefined || (await permit.startSending())) return permit
  permit[Symbol.dispose]()
  return undefined
}

/** @returns false when it has come meanwhile */
async function waits(asked: Promise<unknown>, ms: number): Promise<boolean> {
  return (await Promise.race([asked.then(() => "came"), sleep(ms, "waits")])) === "waits"
}

/** Gives `value` when a promise has not resolved although even a slow machine has had time for it. */
const late = <T>(value: T): Promise<T> => sleep(LONGEST_WAIT_MS, value, { ref: false })

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const began = performance.now(); !(await isSo()); await sleep(5)) {
    assert.ok(performance.now() - began < LONGEST_WAIT_MS, `waited for ${LONGEST_WAIT_MS} ms`)
  }
}

for (const limit of [1, 3, 10]) {
  test(`four nodes never have more than ${limit} calls under way, and none of them waits in vain`, async () => {
    await using world = await SharedGovernorsUnderTest.open({ concurrentCalls: limit }, "runs")
    await using more = new AsyncDisposableStack()
    const others = await Promise.all([openNode(world.nodes.url), openNode(world.nodes.url)])
    for (const { stores } of others) more.use(stores)
    const [stopping, ended] = [new AbortController(), new AbortController()]
    const counts = [0, 0, 0, 0]
    let [underWay, most] = [0, 0]
    const work = async (governor: Governor, index: number): Promise<void> => {
      while (!stopping.signal.aborted) {
        const permit = await call(governor)
        if (permit === undefined) continue
        most = Math.max(most, ++underWay)
        await sleep(10)
        underWay--
        counts[index] = (counts[index] ?? 0) + 1
        permit[Symbol.dispose]()
      }
    }
    const working: Promise<void>[] = []
    for (const [index, node] of [...world.nodes.opened, ...others].entries()) {
      const governor = await world.governorOf("alerts", node, world.governorsOn(node, { stopping: ended.signal }))
      for (const _ of times(6)) working.push(work(governor, index))
    }
    await until(() => counts.every((count) => count >= 20))
    stopping.abort()
    await Promise.all(working)
    ended.abort()
    assert.equal(most, limit)
  })
}

test("a node alone has all slots, and gives them to another that needs them when its calls end", async () => {
  await using world = await SharedGovernorsUnderTest.open({ concurrentCalls: 4 })
  const [one, two] = await world.both()
  const permits = await Promise.all(times(4).map(() => call(one)))
  const waiting = call(two)
  assert.ok(await waits(waiting, 300))
  permits[0]?.[Symbol.dispose]()
  assert.ok((await waiting) !== undefined)
  const held = times(3).map(() => call(one))
  assert.ok(await waits(Promise.race(held), 300), "three are under way, and one is there")
  for (const permit of [...permits, await waiting]) permit?.[Symbol.dispose]()
  for (const permit of await Promise.all(held)) permit?.[Symbol.dispose]()
})

// proves 13.K5: nodes restarted one after another
test("a call of an app that is opened while its node stops is turned away, and does not wait", async () => {
  await using world = await SharedGovernorsUnderTest.open({ concurrentCalls: 1 })
  const [one] = world.nodes.opened
  const stopping = new AbortController()
  const governors = world.governorsOn(one, { stopping: stopping.signal })
  stopping.abort()
  const governor = await world.governorOf("alerts", one, governors)
  assert.equal(await Promise.race([call(governor), late("waits")]), undefined)
})

test("the slots of a node that has died go to another within two seconds; those of a hung one when its hold has ended", async () => {
  await using world = await SharedGovernorsUnderTest.open({ concurrentCalls: 1 })
  const [one, two] = world.nodes.opened
  const dying = new AbortController()
  const first = await world.governorOf("alerts", one, world.governorsOn(one, { stopping: dying.signal }))
  assert.ok((await call(first)) !== undefined)
  dying.abort()
  const second = await world.governorOf("alerts", two, world.governorsOn(two))
  const waiting = call(second)
  assert.ok(await waits(waiting, 500), "its session holds a lock yet")
  await world.pass(30_001)
  const given = await waiting
  assert.ok(given !== undefined)
  given[Symbol.dispose]()

  const third = await openNode(world.nodes.url)
  const killed = new AbortController()
  const holder = await world.governorOf("alerts", third, world.governorsOn(third, { stopping: killed.signal }))
  await until(async () => (await Promise.race([call(holder), sleep(2000)])) !== undefined)
  killed.abort()
  await third.stores[Symbol.asyncDispose]()
  await world.pass(1501)
  // No time passes, which the hold would need to end: only the death can free the permit.
  const taken = await Promise.race([call(second), late(undefined)])
  assert.ok(taken !== undefined)
  taken[Symbol.dispose]()
})

test("WeCom's refusal of any more closes the agent on all nodes; one call of all nodes finds out whether it is over", async () => {
  await using world = await SharedGovernorsUnderTest.open({})
  const [one, two] = await world.both()
  const [first, busy] = [await call(one), await call(two)]
  assert.ok(first !== undefined && busy !== undefined)
  const span = (): { from: number; at: number } => ({ from: world.nowMs, at: world.nowMs })
  await one.report({ health: { kind: "throttled" }, permit: first, ...span() })
  // This node makes no call that would find out, and no time passes: it can know of it only from the other node.
  await until(() => two.closedUntilMs() !== undefined)
  for (const permit of [first, busy]) permit[Symbol.dispose]()
  assert.equal(await two.permit("high"), undefined)
  assert.equal(two.standing().why, "app_rate")

  await world.pass((two.closedUntilMs() ?? 0) - world.nowMs)
  const probes = await Promise.all([one.permit("normal"), two.permit("normal")])
  const probe = probes.find((permit) => permit !== undefined)
  assert.ok(probe !== undefined)
  assert.ok(probes.includes(undefined), "one of all nodes")
  const [prober, other] = probes[0] === undefined ? [two, one] : [one, two]
  await prober.report({ health: { kind: "healthy" }, permit: probe, ...span() })
  probe[Symbol.dispose]()
  await world.pass(1001)
  // The first call asks whether it may try, and finds out that the closing is over.
  await other.permit("normal")
  ;(await other.permit("normal"))?.[Symbol.dispose]()
  assert.equal(other.closedUntilMs(), undefined)
})

test("a node that has done nothing for a while sees a refusal that another met before its next call", async () => {
  await using world = await SharedGovernorsUnderTest.open({})
  const [one, two] = await world.both()
  using first = await call(one)
  await one.report({
    health: { kind: "throttled" },
    ...(first !== undefined && { permit: first }),
    from: world.nowMs,
    at: world.nowMs,
  })
  assert.equal(await two.permit("normal"), undefined)
})

test("look-ups of a corp keep one pace on all nodes, and each node has its turn", async () => {
  await using world = await SharedGovernorsUnderTest.open({})
  const rules = [
    { limit: 3, windowMs: MINUTE_MS },
    { limit: 5, windowMs: 60 * MINUTE_MS },
  ]
  const [one, two] = world.nodes.opened.map(({ counts }) => counts.paces)
  assert.ok(one !== undefined && two !== undefined)
  const taken = await Promise.all([one.take("ww1", rules, 2), two.take("ww1", rules, 2)])
  assert.equal(taken[0].granted + taken[1].granted, 3)
  const early = taken[0].granted === 1 ? one : two
  const late = early === one ? two : one
  const behind = await late.take("ww1", rules, 2)
  const waitMs = Math.max(...taken.map(({ againInMs }) => againInMs))
  assert.ok(waitMs > 59_000 && waitMs <= 61_000, `${waitMs}`)
  assert.equal(behind.granted, 0)
  await world.pass(waitMs)
  assert.deepEqual([(await late.take("ww1", rules, 1)).granted, (await early.take("ww1", rules, 1)).granted], [1, 1])
  const spent = await late.take("ww1", rules, 1)
  assert.equal(spent.granted, 0, "five in an hour")
  assert.ok(spent.againInMs > 58 * MINUTE_MS)
})

test("where one look-up at a time is let through, the node that has waited longest goes first; one that died costs a second", async () => {
  await using world = await SharedGovernorsUnderTest.open({})
  const rules = [{ limit: 1, windowMs: MINUTE_MS }]
  const [one, two] = world.nodes.opened.map(({ counts }) => counts.paces)
  assert.ok(one !== undefined && two !== undefined)
  assert.equal((await one.take("ww1", rules, 1)).granted, 1)
  const first = await two.take("ww1", rules, 1)
  const second = await one.take("ww1", rules, 1)
  assert.ok(first.againInMs < second.againInMs)
  await world.pass(first.againInMs)
  assert.equal((await one.take("ww1", rules, 1)).granted, 0, "it is the other's turn")
  await world.pass(1000)
  assert.equal((await one.take("ww1", rules, 1)).granted, 1, "which has not come")
})

// proves 29.minute: no look-up too many in a minute
test("29: no minute of WeCom's has more look-ups than its limit, whichever node asks and however late its question arrives", async () => {
  await using world = await SharedGovernorsUnderTest.open({})
  const limits = { lookupMissBudget: 10, lookupsPerMinute: 1, lookupsPerHour: null }
  const turns = world.nodes.opened.map((node) =>
    world.governorsOn(node).lookupPermits("ww1", "user/getuserid ww1", () => Promise.resolve(limits)),
  )
  const [one, two] = turns
  assert.ok(one !== undefined && two !== undefined)
  await world.pass(900)
  const first = await one.take()
  // WeCom may have counted it at any of these times.
  await world.pass(500)
  first[Symbol.dispose]()
  const second = two.take()
  await world.pass(59_900)
  assert.ok(await waits(second, 1000))
  await world.pass(1000)
  ;(await second)[Symbol.dispose]()
})

test("all nodes together have no more than 28 look-ups of a corp under way", async () => {
  await using world = await SharedGovernorsUnderTest.open({})
  const limits = { lookupMissBudget: 10, lookupsPerMinute: null, lookupsPerHour: null }
  let [underWay, most, done] = [0, 0, 0]
  const areAsMany = Promise.withResolvers<void>()
  const work = world.nodes.opened.flatMap((node) => {
    const turns = world.governorsOn(node).lookupPermits("ww1", "user/getuserid ww1", () => Promise.resolve(limits))
    return times(60).map(async () => {
      using _turn = await turns.take()
      most = Math.max(most, ++underWay)
      // Even if the database gives permits slowly, the first ones last until there are as many as there may be.
      if (underWay === 28) areAsMany.resolve()
      await areAsMany.promise
      await sleep(20)
      underWay--
      done++
    })
  })
  await Promise.all(work)
  assert.deepEqual([most, done], [28, 120])
})

test("after a pause of the look-ups one of all nodes finds out whether it is over", async () => {
  await using world = await SharedGovernorsUnderTest.open({})
  const limits = { lookupMissBudget: 10, lookupsPerMinute: null, lookupsPerHour: null }
  const key = "user/getuserid ww1"
  const [one, two] = world.nodes.opened.map((node) =>
    world.governorsOn(node).lookupPermits("ww1", key, () => Promise.resolve(limits)),
  )
  assert.ok(one !== undefined && two !== undefined)
  await one.pauses.setPause(key, { until: world.nowMs + MINUTE_MS, step: 1 })
  assert.deepEqual(await two.pauses.getPause(key), { until: world.nowMs + MINUTE_MS, step: 1 })
  await world.pass(MINUTE_MS)
  const alone = await one.tryAlone()
  const other = two.tryAlone()
  assert.ok(await waits(other, 300))
  await one.pauses.setPause(key, { until: 0, step: 1 })
  await alone[Symbol.asyncDispose]()
  await (await other)[Symbol.asyncDispose]()
})
