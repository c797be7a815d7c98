import assert from "node:assert/strict"
import { test } from "node:test"
import { StorageError } from "../../model/storage-error.ts"
import { MemberHold } from "./member-hold.ts"
import type { Move } from "./member-hold.ts"

/** Two members, for one of whom it matters when they were reached; taken at 0 by both clocks. */
function world() {
  const moves: Move[] = []
  const state = { now: 0, isBroken: false }
  const mover = {
    submit(move: Move) {
      if (state.isBroken) return Promise.reject(new StorageError("storage_error"))
      moves.push(move)
      return Promise.resolve({ at: state.now })
    },
  }
  const held = { agent: 1, members: ["zhangsan", "lisi"], matters: new Set(["lisi"]) }
  const hold = new MemberHold(mover, { ...held, at: 0, askedAt: 0, now: () => state.now })
  return { hold, moves, state }
}

test("a hold that lasts for one more request is not renewed; a shorter one is, for all members", async () => {
  const { hold, moves, state } = world()
  state.now = 4000
  assert.equal(hold.renew(), true)
  state.now = 4001
  assert.equal(await hold.renew(), true)
  assert.deepEqual(moves, [{ agent: 1, members: ["zhangsan", "lisi"], from: 20_000, agoMs: -20_000 }])
  state.now = 8001
  assert.equal(hold.renew(), true)
})

test("a hold that may have ceased to count is not renewed: another call may have had its place since", async () => {
  const { hold, moves, state } = world()
  state.now = 65_000
  assert.equal(await hold.renew(), true)
  state.now += 65_001
  assert.equal(await hold.renew(), false)
  assert.equal(moves.length, 1)
})

test("a hold that cannot be renewed lets nothing go out", async () => {
  const { hold, state } = world()
  state.now = 10_000
  state.isBroken = true
  assert.equal(await hold.renew(), false)
  state.isBroken = false
  assert.equal(await hold.renew(), true)
})

test("the end names all members when none was reached, or else those whose time matters", async () => {
  const reached = world()
  reached.state.now = 500
  await reached.hold.end(200)
  await reached.hold.end(undefined)
  assert.deepEqual(reached.moves, [{ agent: 1, members: ["lisi"], from: 20_000, agoMs: 200 }])
  const unreached = world()
  await unreached.hold.end(undefined)
  assert.deepEqual(unreached.moves, [{ agent: 1, members: ["zhangsan", "lisi"], from: 20_000, agoMs: undefined }])
})

test("an end that cannot be reported throws nothing", async () => {
  const { hold, state } = world()
  state.isBroken = true
  await hold.end(0)
})

test("members of a split call are held by that, and no more by this one", async () => {
  const { hold, moves, state } = world()
  state.now = 10_000
  await hold.renew()
  const part = hold.split(["lisi"])
  await hold.end(undefined)
  await part.end(undefined)
  assert.deepEqual(moves.slice(1), [
    { agent: 1, members: ["zhangsan"], from: 30_000, agoMs: undefined },
    { agent: 1, members: ["lisi"], from: 30_000, agoMs: undefined },
  ])
})

test("a hold that keeps waiting is renewed before it ends", async () => {
  const { hold, moves, state } = world()
  state.now = 10_000
  hold.keep()
  assert.equal(moves.length, 0)
  state.now = 10_001
  hold.keep()
  hold.keep()
  assert.equal(moves.length, 1, "once")
})
