import assert from "node:assert/strict"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { sql } from "kysely"
import { NOON } from "../testing/build.ts"
import type { Stores } from "../../model/ports/stores.ts"
import { findAlive } from "./nodes.ts"
import { endConnections } from "./testing/open-store.ts"
import { openTwoNodes, sessionsAreBack } from "./testing/two-nodes.ts"

const SESSIONS = "wecom-push session"

function inTurn<T>(stores: Stores | undefined, key: string, task: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  return stores?.tokens.exclusively?.(key, task, signal) ?? assert.fail("tokens are fetched without turns")
}

test("one task at a time fetches a token for a key, on any node", async () => {
  await using nodes = await openTwoNodes()
  let underWay = 0
  const most = { underWay: 0, tasks: 0 }
  const fetch = async (): Promise<void> => {
    most.underWay = Math.max(most.underWay, ++underWay)
    most.tasks++
    await sleep(5)
    underWay--
  }
  await Promise.all(Array.from({ length: 8 }, (_, n) => inTurn(nodes.both[n % 2], "k", fetch)))
  assert.deepEqual(most, { underWay: 1, tasks: 8 })
})

test("a token that one node has stored is there for the node that waited for it", async () => {
  await using nodes = await openTwoNodes()
  const record = { token: "t1", expiresAt: NOON, refreshAt: NOON }
  const begun = Promise.withResolvers<void>()
  const first = inTurn(nodes.one, "k", async () => {
    begun.resolve()
    await nodes.one.tokens.set("k", record)
  })
  await begun.promise
  const second = inTurn(nodes.two, "k", () => nodes.two.tokens.get("k"))
  await first
  assert.deepEqual(await second, record)
})

test("tokens of two keys are fetched at once", async () => {
  await using nodes = await openTwoNodes()
  const both = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  await Promise.all(
    nodes.both.map((stores, n) =>
      inTurn(stores, `k${n}`, async () => {
        both[n]?.resolve()
        await Promise.all(both.map(({ promise }) => promise))
      }),
    ),
  )
})

test("no transaction is open while a token is fetched", async () => {
  await using nodes = await openTwoNodes()
  const open = await inTurn(nodes.one, "k", async () => {
    const { rows } = await sql`select 1 from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null`.execute(nodes.database)
    return rows.length
  })
  assert.equal(open, 0)
})

test("a node whose session ends while it fetches a token loses the lock and continues, and so do all after it", async () => {
  await using nodes = await openTwoNodes()
  const begun = Promise.withResolvers<void>()
  const ending = Promise.withResolvers<string>()
  const first = inTurn(nodes.one, "k", () => {
    begun.resolve()
    return ending.promise
  })
  await begun.promise
  await endConnections(nodes.url, SESSIONS)
  assert.equal(await inTurn(nodes.two, "k", () => Promise.resolve("second")), "second")
  ending.resolve("first")
  assert.equal(await first, "first")
  assert.equal(await inTurn(nodes.one, "k", () => Promise.resolve("third")), "third")
})

test("a node that dies while it fetches a token leaves the lock to the others", async () => {
  await using nodes = await openTwoNodes()
  const begun = Promise.withResolvers<void>()
  const ending = Promise.withResolvers<void>()
  const first = inTurn(nodes.one, "k", () => {
    begun.resolve()
    return ending.promise
  })
  await begun.promise
  await nodes.one[Symbol.asyncDispose]()
  assert.equal(await inTurn(nodes.two, "k", () => Promise.resolve("second")), "second")
  ending.resolve()
  await first
})

test("a task that stops waiting for a lock takes none", async () => {
  await using nodes = await openTwoNodes()
  const begun = Promise.withResolvers<void>()
  const ending = Promise.withResolvers<void>()
  const first = inTurn(nodes.one, "k", () => {
    begun.resolve()
    return ending.promise
  })
  await begun.promise
  const givingUp = new AbortController()
  const second = inTurn(nodes.two, "k", () => assert.fail("it was given up"), givingUp.signal)
  setImmediate(() => givingUp.abort(new Error("not any more")))
  await assert.rejects(second, /not any more/)
  ending.resolve()
  await first
})

test("a node is alive as long as its session, and again once it has another", async () => {
  await using nodes = await openTwoNodes()
  const numbers = nodes.opened.map(({ node }) => node)
  assert.notEqual(numbers[0], numbers[1])
  const alive = (): Promise<ReadonlySet<number>> => findAlive(nodes.database, [...numbers, 999])
  assert.deepEqual(await alive(), new Set(numbers))
  await endConnections(nodes.url, SESSIONS)
  await sessionsAreBack(nodes)
  assert.deepEqual(await alive(), new Set(numbers))
  await nodes.one[Symbol.asyncDispose]()
  assert.deepEqual(await alive(), new Set([nodes.opened[1].node]))
})
