import assert from "node:assert/strict"
import { test } from "node:test"
import type { GroupCommit } from "./group-commit.ts"
import { BackgroundSlices } from "./background-slices.ts"

/** Runs each change at once. */
const commit: Pick<GroupCommit, "submit"> = {
  submit: async ({ work }) =>
    work(
      () => {},
      () => {},
    ),
}

/** Blocks like a disk that has to look for each row. */
function holdUp(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end;);
}

// proves 12.R14: long histories
test("12.R14: background work begins with few rows and takes more while that is quick", async () => {
  const slices = new BackgroundSlices(commit)
  const rows: number[] = []
  for (let slice = 0; slice < 100 && rows.at(-1) !== 500; slice++) await slices.next((most) => rows.push(most))
  assert.equal(rows[0], 4)
  assert.equal(rows.at(-1), 500)
})

// proves 12.R14: long histories
test("12.R14: on a slow disk a slice has fewer rows, down to a few", async () => {
  const slices = new BackgroundSlices(commit)
  const before: number[] = []
  // One of them may be long, because the machine is busy with something else.
  for (let slice = 0; slice < 100 && !before.some((rows) => rows >= 128); slice++)
    await slices.next((rows) => before.push(rows))
  const seen: number[] = []
  for (let slice = 0; slice < 8; slice++) {
    await slices.next((rows) => {
      seen.push(rows)
      holdUp(7)
    })
  }
  const [first = 0, ...others] = seen
  assert.ok(first >= 64)
  assert.deepEqual(
    others,
    others.map((_, index) => Math.max(4, Math.floor(first / 2 ** (index + 1)))),
  )
  assert.equal(others.at(-1), 4)
})

// proves 12.R14: long histories
test("12.R14: after a slice others have twice its time, and at most a quarter of a second", async () => {
  const slices = new BackgroundSlices(commit)
  for (const [forMs, restMs] of [
    [20, 40],
    [200, 250],
  ] as const) {
    const endedAtMs = await slices.next(() => {
      holdUp(forMs)
      return performance.now()
    })
    const begunAtMs = await slices.next(() => performance.now())
    // A timer may be a millisecond early.
    assert.ok(begunAtMs - endedAtMs >= restMs - 2, `${begunAtMs - endedAtMs} ms after one of ${forMs}`)
  }
})

test("a slice that fails is logged, and the next one is tried as usual", async () => {
  const slices = new BackgroundSlices(commit)
  await assert.rejects(
    slices.next(() => {
      throw new Error("no")
    }),
    /no/,
  )
  assert.equal(await slices.next((rows) => rows), 4)
})

// proves 12.R14: long histories
test("a stop does not wait for a rest, and nothing more begins", async () => {
  const stopping = new AbortController()
  const slices = new BackgroundSlices(commit, stopping.signal)
  await slices.next(() => holdUp(100))
  const next = slices.next(() => assert.fail("it began"))
  stopping.abort(new Error("stopped"))
  await assert.rejects(next, /stopped/)
  await assert.rejects(
    slices.next(() => assert.fail("it began")),
    /stopped/,
  )
})
