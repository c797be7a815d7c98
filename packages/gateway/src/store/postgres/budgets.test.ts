import assert from "node:assert/strict"
import { test } from "node:test"
import { sql } from "kysely"
import type { NewApp } from "../../model/ports/apps.ts"
import type { MissBudget } from "../../model/ports/misses.ts"
import { AGENT, NOON, PARTY } from "../testing/build.ts"
import { endConnections, openNode } from "./testing/open-store.ts"
import { Transactions } from "./transactions.ts"
import { atOnce, openTwoNodes, sessionsAreBack } from "./testing/two-nodes.ts"

const DAY = "2026-11-25"
const wish = { party: PARTY, day: DAY, lowFrom: 80, limit: 100, at: NOON }
const app: NewApp = { ...AGENT, name: "alerts", settings: {}, secrets: { secret: "s" } }

const sum = (numbers: readonly number[]): number => numbers.reduce((one, other) => one + other, 0)

test("20 who take misses on two nodes at once get the budget and no more, and what they settle is counted once", async () => {
  await using nodes = await openTwoNodes()
  const takers = Array.from({ length: 20 }, (_, n) => nodes.both[n % 2] ?? assert.fail())
  const granted = await Promise.all(takers.map(async ({ misses }) => (await misses.take("ww1", DAY, 7, 100)).granted))
  assert.equal(sum(granted), 100)
  assert.equal(await nodes.two.misses.taken("ww1", DAY), 100)
  await Promise.all(
    takers.map(({ misses }, n) => misses.settle("ww1", DAY, { asked: granted[n] ?? 0, missed: n % 3 === 0 ? 1 : 0 })),
  )
  assert.equal(await nodes.one.misses.taken("ww1", DAY), 7)
  // Each node leaves some to the other, which has just had to wait.
  const [one, two] = [
    await nodes.one.misses.take("ww1", DAY, 500, 100),
    await nodes.two.misses.take("ww1", DAY, 500, 100),
  ]
  assert.equal(one.granted + two.granted, 93)
})

test("two nodes that take misses at the same moment see what the other has taken", async () => {
  await using nodes = await openTwoNodes()
  await nodes.one.misses.take("ww1", DAY, 1, 10)
  const row = sql`select from wecom_push.misses for update`
  const granted = await atOnce(nodes, row, () => nodes.both.map(({ misses }) => misses.take("ww1", DAY, 6, 10)))
  assert.deepEqual(new Set(granted.map((grant) => grant.granted)), new Set([3, 6]))
  const again = sql`select from wecom_push.misses for update`
  await atOnce(nodes, again, () => nodes.both.map(({ misses }) => misses.settle("ww1", DAY, { asked: 1, missed: 1 })))
  assert.equal(await nodes.one.misses.taken("ww1", DAY), 10)
  await Promise.all(nodes.both.map(({ misses }) => misses.settle("ww1", DAY, { asked: 9, missed: 0 })))
  assert.equal(await nodes.one.misses.taken("ww1", DAY), 2)
})

/** Takes from a budget of ten, without shares. */
async function takes(misses: MissBudget, wanted: number, rank = 1): Promise<number> {
  return (await misses.take("ww1", DAY, wanted, 10, { names: ["app alerts"], share: 10, rank })).granted
}

const settles = (misses: MissBudget, asked: number): Promise<void> =>
  misses.settle("ww1", DAY, { asked, missed: 0, names: ["app alerts"] })

// proves 29.P1: each has its turn
test("P1: a node whose questions wait gets what another has back, though that one asks for more at once", async () => {
  await using nodes = await openTwoNodes()
  const { misses: one } = nodes.one
  const { misses: two } = nodes.two
  assert.deepEqual([await takes(one, 10), await takes(two, 9)], [10, 0])
  await settles(one, 1)
  assert.equal(await takes(one, 20), 0, "it is left to the other")
  assert.equal(await takes(two, 9), 1)
  await settles(one, 5)
  // Both nodes are asking for as many numbers: now each gets its turn in order.
  assert.deepEqual([await takes(one, 20), await takes(two, 9), await takes(one, 20)], [3, 2, 0])
  await settles(two, 1)
  assert.deepEqual([await takes(one, 20), await takes(two, 9)], [0, 1])
})

// proves 29.P1: each has its turn
test("P1: urgent questions of one node go before others of another node, however long those have waited", async () => {
  await using nodes = await openTwoNodes()
  const { misses: one } = nodes.one
  const { misses: two } = nodes.two
  assert.deepEqual([await takes(one, 20, 2), await takes(two, 4, 0)], [10, 0])
  await settles(one, 5)
  assert.deepEqual([await takes(one, 20, 2), await takes(two, 4, 0), await takes(one, 20, 2)], [1, 4, 0])
})

test("a caller that waits for a share delays only callers of the same share", async () => {
  await using nodes = await openTwoNodes()
  const { misses: one } = nodes.one
  const { misses: two } = nodes.two
  assert.equal((await one.take("ww1", DAY, 28, 10, { names: ["key greedy"], share: 2, rank: 0 })).granted, 5)
  assert.equal((await two.take("ww1", DAY, 28, 10, { names: ["key other"], share: 2, rank: 2 })).granted, 2)
})

test("two nodes that take person-times at the same moment see what the other has taken", async () => {
  await using nodes = await openTwoNodes()
  await nodes.one.personTimes.take({ ...wish, wanted: 1 })
  const row = sql`select from wecom_push.person_times for update`
  const taken = await atOnce(nodes, row, () =>
    nodes.both.map(({ personTimes }) => personTimes.take({ ...wish, wanted: 60 })),
  )
  assert.equal(sum(taken.map(({ granted }) => granted)), 99)
  assert.deepEqual(
    taken.flatMap(({ news }) => news ?? []),
    ["spent"],
  )
})

test("person-times with nothing to tell of them are taken by one statement, since each message takes some", async (t) => {
  await using nodes = await openTwoNodes()
  const { personTimes } = nodes.one
  await personTimes.take({ ...wish, wanted: 1 })
  const [run, single] = (["run", "single"] as const).map((name) => t.mock.method(Transactions.prototype, name))
  assert.deepEqual(await personTimes.take({ ...wish, wanted: 2 }), { granted: 2, news: undefined })
  assert.deepEqual([run?.mock.callCount(), single?.mock.callCount()], [0, 1])
  assert.equal(await nodes.two.personTimes.taken(wish.party, wish.day), 3)
})

test("a budget for misses may have no end", async () => {
  await using nodes = await openTwoNodes()
  assert.equal((await nodes.one.misses.take("ww1", DAY, 7, Infinity)).granted, 7)
})

// proves 29.P1: a node that dies
test("numbers that a dead node was asking are given back to the others, and those of a living one are not", async () => {
  await using nodes = await openTwoNodes()
  const third = await openNode(nodes.url)
  assert.equal((await nodes.one.misses.take("ww1", DAY, 3, 10)).granted, 3)
  assert.equal((await third.stores.misses.take("ww1", DAY, 5, 10)).granted, 5)
  assert.equal((await nodes.two.misses.take("ww1", DAY, 9, 10)).granted, 2)
  assert.equal((await nodes.two.misses.take("ww1", DAY, 9, 10)).granted, 0, "all are alive")
  await third.stores[Symbol.asyncDispose]()
  // The nodes are checked once a second.
  let granted = 0
  while (granted === 0) ({ granted } = await nodes.two.misses.take("ww1", DAY, 9, 10))
  assert.equal(granted, 5)
  assert.equal(await nodes.two.misses.taken("ww1", DAY), 10)
  // A late settle of numbers that were given back takes none from others.
  await nodes.one.misses.settle("ww1", DAY, { asked: 3, missed: 0 })
  assert.equal(await nodes.two.misses.taken("ww1", DAY), 7)
})

test("a node whose session was lost for a moment is alive again with the next one", async () => {
  await using nodes = await openTwoNodes()
  assert.equal((await nodes.one.misses.take("ww1", DAY, 3, 10)).granted, 3)
  await endConnections(nodes.url, "wecom-push session")
  await sessionsAreBack(nodes)
  assert.equal((await nodes.two.misses.take("ww1", DAY, 9, 10)).granted, 7)
})

test("20 who take person-times on two nodes at once get the quota and no more, and each kind of notice comes once", async () => {
  await using nodes = await openTwoNodes()
  for (const name of ["alerts", "alarms"]) await nodes.one.apps.put({ ...app, name }, NOON)
  const takers = Array.from({ length: 20 }, (_, n) => nodes.both[n % 2] ?? assert.fail())
  const taken = await Promise.all(takers.map(({ personTimes }) => personTimes.take({ ...wish, wanted: 7 })))
  assert.equal(sum(taken.map(({ granted }) => granted)), 100)
  assert.equal(await nodes.two.personTimes.taken(PARTY, DAY), 100)
  assert.deepEqual(taken.flatMap(({ news }) => news ?? []).toSorted(), ["low", "spent"])
  const told = (await nodes.one.events.since(0, { limit: 99, apps: "all" })).filter(({ type }) =>
    type.includes("quota"),
  )
  assert.equal(told.length, 4)
  await Promise.all(takers.map(({ personTimes }) => personTimes.giveBack(PARTY, DAY, 2)))
  assert.equal(await nodes.one.personTimes.taken(PARTY, DAY), 60)
})

test("person-times carried over to another day have no limit", async () => {
  await using nodes = await openTwoNodes()
  const carried = { ...wish, wanted: 1000, limit: Infinity, lowFrom: Infinity }
  assert.deepEqual(await nodes.one.personTimes.take(carried), { granted: 1000, news: undefined })
})
