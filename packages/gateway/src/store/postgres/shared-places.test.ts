import assert from "node:assert/strict"
import { test } from "node:test"
import { SharedPlaces } from "../../limits/shared-places.ts"
import { SharedGovernorsUnderTest } from "./testing/open-shared-governor.ts"

const SECOND = 1000
const LIMIT = 10

async function twoNodes() {
  const world = await SharedGovernorsUnderTest.open({})
  const [one, two] = world.nodes.opened.map(
    ({ counts }) => new SharedPlaces(counts.paces, { now: () => world.nowMs }, "person-times of ww1"),
  )
  assert.ok(one !== undefined && two !== undefined)
  return { world, one, two }
}

/** Seconds to wait; undefined: taken, and used at once. */
async function use(places: SharedPlaces, wanted: number, ahead = 0): Promise<number | undefined> {
  const taken = await places.take(wanted, ahead, LIMIT)
  if ("againInMs" in taken) return taken.againInMs / SECOND
  await taken.end(0)
  return undefined
}

test("places of a minute are taken all together or not at all, whichever node asks", async () => {
  const { world, one, two } = await twoNodes()
  await using _ = world
  assert.equal(await use(one, 6), undefined)
  assert.equal(await use(two, 4), undefined)
  const wait = await use(one, 3)
  assert.ok(wait !== undefined && wait > 58 && wait <= 61, `${wait} s`)
  await world.pass(61 * SECOND)
  assert.equal(await use(one, 10), undefined)
})

test("places that were not used are free again, and those used later count from then on", async () => {
  const { world, one, two } = await twoNodes()
  await using _ = world
  const unused = await one.take(10, 0, LIMIT)
  assert.ok("end" in unused)
  await unused.end(undefined)
  const late = await two.take(10, 0, LIMIT)
  assert.ok("end" in late)
  await world.pass(30 * SECOND)
  await late.end(0)
  const wait = await use(one, 1)
  assert.ok(wait !== undefined && wait > 58, `${wait} s`)
})

test("one node leaves the room for which another waits, and for those of its own who came before", async () => {
  const { world, one, two } = await twoNodes()
  await using _ = world
  assert.equal(await use(one, 4), undefined)
  assert.ok(((await use(two, 8)) ?? 0) > 58)
  assert.notEqual(await use(one, 2), undefined)
  await world.pass(61 * SECOND)
  assert.notEqual(await use(one, 3), undefined, "it is the other's turn")
  assert.equal(await use(two, 8), undefined)
  assert.equal(await use(one, 1), undefined)
  assert.notEqual(await use(two, 1, 1), undefined, "one is ahead of it")
  assert.equal(await use(two, 1), undefined)
})

test("a node that waits keeps its turn when a call of its own ends", async () => {
  const { world, one, two } = await twoNodes()
  await using _ = world
  const late = await two.take(2, 0, LIMIT)
  assert.ok("end" in late)
  assert.equal(await use(one, 4), undefined)
  assert.notEqual(await use(two, 8), undefined)
  await world.pass(30 * SECOND)
  await late.end(0)
  await world.pass(31 * SECOND)
  assert.notEqual(await use(one, 3), undefined, "it is the other's turn")
  assert.equal(await use(two, 8), undefined)
})
