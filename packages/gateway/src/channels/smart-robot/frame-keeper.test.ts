import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { setImmediate as turn } from "node:timers/promises"
import { heldClock } from "../../../../sdk/src/testing/held-clock.ts"
import type { NewCallback } from "../../model/ports/callbacks.ts"
import { StorageError } from "../../model/storage-error.ts"
import { FrameKeeper, MOST_WAITING, MOST_WAITING_BYTES } from "./frame-keeper.ts"

function rig() {
  const clock = heldClock()
  const kept: string[] = []
  const done: string[] = []
  const said: string[] = []
  const state = { isAway: false, error: new StorageError("storage_error") as Error, lost: 0 }
  const line = (_: object, sentence: string): void => void said.push(sentence)
  const keeper = new FrameKeeper({
    callbacks: {
      async keep({ id }) {
        await turn()
        if (state.isAway) throw state.error
        kept.push(id)
        return "kept"
      },
    },
    clock,
    log: { info: line, warn: line, error: line },
    metrics: { frameLost: () => state.lost++ },
  })
  const take = (id: string, data: NewCallback["data"] = {}): void =>
    keeper.take({ ...aFrame(id), data }, () => done.push(id))
  return Object.assign(state, { keeper, clock, kept, done, said, take })
}

const aFrame = (id: string): NewCallback => ({ app: "assistant", id, at: 0, type: "wecom.text", data: {} })

async function settle(): Promise<void> {
  for (let n = 0; n < 3000; n++) await turn()
}

suite("frames that come to smart robots", () => {
  // proves 32.frames: kept before anything is done about it
  test("are stored before anything is done about them, in their order", async () => {
    const one = rig()
    for (const id of ["1", "2", "3"]) one.take(id)
    assert.deepEqual(one.done, [])
    await settle()
    assert.deepEqual(
      [one.kept, one.done],
      [
        ["1", "2", "3"],
        ["1", "2", "3"],
      ],
    )
    await one.keeper[Symbol.asyncDispose]()
  })

  // proves 32.frames: the database is away
  test("wait while the database is away, 1,000 of them; the rest is counted and logged", async () => {
    const one = rig()
    one.isAway = true
    for (let n = 0; n < MOST_WAITING + 7; n++) one.take(String(n))
    await settle()
    assert.deepEqual([one.kept.length, one.done.length, one.lost, one.said.length], [0, 0, 7, 1])
    one.isAway = false
    one.clock.advance(1000)
    await settle()
    assert.equal(one.kept.length, MOST_WAITING)
    assert.deepEqual(one.kept, [...Array(MOST_WAITING).keys()].map(String))
    assert.equal(one.said.at(-1), "frames of smart robots were lost while the database was away")
    one.take("after")
    await settle()
    assert.equal(one.done.at(-1), "after")
    await one.keeper[Symbol.asyncDispose]()
  })

  // proves 32.frames: in bytes too
  test("that wait take no more than 32 MiB: the rest is counted and logged, and there is room again afterwards", async () => {
    const one = rig()
    const quarter = { fields: "x".repeat(256 * 1024 - 20) }
    const most = MOST_WAITING_BYTES / (256 * 1024)
    for (const round of [1, 2]) {
      one.isAway = true
      for (let n = 0; n < most + 7; n++) one.take(String(n), quarter)
      await settle()
      assert.equal(one.lost, 7 * round)
      one.isAway = false
      one.clock.advance(1000)
      await settle()
      assert.equal(one.kept.length, most * round)
    }
    await one.keeper[Symbol.asyncDispose]()
  })

  test("that wait at the end of the gateway are tried once more, then counted as lost", async () => {
    const one = rig()
    one.isAway = true
    one.take("1")
    await settle()
    await one.keeper[Symbol.asyncDispose]()
    assert.deepEqual([one.kept, one.lost], [[], 1])
  })

  for (const error of [new TypeError("of this frame"), new StorageError("storage_error", { isOfChange: true })]) {
    test(`do not wait behind one that the database refuses (${error.name})`, async () => {
      const one = rig()
      one.isAway = true
      one.error = error
      one.take("1")
      await settle()
      one.isAway = false
      one.take("2")
      await settle()
      assert.deepEqual([one.kept, one.done, one.lost], [["2"], ["2"], 0])
      await one.keeper[Symbol.asyncDispose]()
    })
  }
})
