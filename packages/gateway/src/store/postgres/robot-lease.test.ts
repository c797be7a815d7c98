import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { sql } from "kysely"
import { shared } from "../../../../../tools/testing/shared.ts"
import { NOON } from "../testing/build.ts"
import { PostgresRobotLease } from "./robot-lease.ts"
import { openTwoNodes } from "./testing/two-nodes.ts"
import { Transactions } from "./transactions.ts"

const BOT = { name: "assistant", kind: "bot", corpId: "a-hash", agentId: 0, settings: {}, secrets: { secret: "[]" } }

// proves 32.bot-postgres: a lease of the database
suite("the lease of smart robots", () => {
  const nodes = shared(async (resources) => {
    const two = resources.use(await openTwoNodes())
    const transactions = new Transactions(two.database)
    const clock = { now: 1_000_000 }
    /** Whether the next ones count as having their session. */
    const session = { isHeld: true }
    const leaseOf = (node: number): PostgresRobotLease =>
      new PostgresRobotLease({ transactions, session, node, monotonic: () => clock.now })
    const [one, two_] = two.opened
    const renew = (): Promise<unknown> => sql`delete from wecom_push.robot_lease`.execute(two.database)
    return {
      ...two,
      clock,
      session,
      leases: (): readonly PostgresRobotLease[] => [one, two_].map((n) => leaseOf(n.node)),
      leaseOf,
      renew,
    }
  })
  const open = async (): Promise<[PostgresRobotLease, PostgresRobotLease]> => {
    await nodes().renew()
    const [one = assert.fail(), other = assert.fail()] = nodes().leases()
    return [one, other]
  }

  test("is taken by no node while there are no robots, and by one of those that ask at the same time", async () => {
    const [one, other] = await open()
    await one.look(true)
    assert.equal(one.isHeld, false)
    await nodes().one.apps.create(BOT, NOON)
    await Promise.all([one.look(true), other.look(true)])
    assert.equal([one, other].filter(({ isHeld }) => isHeld).length, 1)
  })

  test("ends by the steady clock of its node before the database gives it to another", async () => {
    const [one, other] = await open()
    const changes: boolean[] = []
    one.onChange(() => changes.push(one.isHeld))
    await one.look(true)
    nodes().clock.now += 5400
    assert.equal(one.isHeld, true)
    nodes().clock.now += 600
    assert.equal(one.isHeld, false)
    await other.look(true)
    assert.equal(other.isHeld, false)
    await sql`update wecom_push.robot_lease set until = clock_timestamp()`.execute(nodes().database)
    await other.look(true)
    assert.equal(other.isHeld, true)
    assert.equal(await one.confirm(), false)
    assert.deepEqual(changes, [true, false])
  })

  test("is renewed every 2 s, and costs nothing in between", async () => {
    const [one] = await open()
    const until = async (): Promise<unknown> =>
      (await sql<{ until: string }>`select until::text from wecom_push.robot_lease`.execute(nodes().database)).rows
    await one.look(true)
    const first = await until()
    nodes().clock.now += 1900
    await one.look(false)
    assert.deepEqual(await until(), first)
    nodes().clock.now += 100
    await one.look(false)
    assert.notDeepEqual(await until(), first)
    nodes().clock.now += 5000
    assert.equal(one.isHeld, true)
  })

  test("of a node whose session is over is free at once, and so is one that was given back", async () => {
    const [, other] = await open()
    const dead = nodes().leaseOf(9999)
    await dead.look(true)
    assert.equal(dead.isHeld, true)
    await other.look(true)
    assert.equal(other.isHeld, true)
    const [one] = nodes().leases()
    await other[Symbol.asyncDispose]()
    await one?.look(true)
    assert.equal(one?.isHeld, true)
  })

  test("is not held without the node's own session", async () => {
    const [one] = await open()
    await one.look(true)
    nodes().session.isHeld = false
    assert.equal(one.isHeld, false)
    nodes().session.isHeld = true
    assert.equal(one.isHeld, true)
  })
})
