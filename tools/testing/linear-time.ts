import assert from "node:assert/strict"

const PARTS = 8
/** Linear work of eight times the size takes 8 times as long, quadratic work 64 times. */
const MOST_TIMES_AS_LONG = 28
const ROUNDS = 5
/** What is shorter than that is nothing but noise. */
const LEAST_MS = 2

/**
 * Fails when work takes a time that grows faster than its size. The same work at an eighth of the size, in the same
 * moments, is the yardstick, so that a slow or busy machine makes no difference; one good round of several is enough.
 */
export async function takesLinearTime(
  size: number,
  work: (size: number) => unknown,
  what: string = "the work",
): Promise<void> {
  const seen: string[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const partMs = Math.max(LEAST_MS, await msOf(() => work(Math.floor(size / PARTS))))
    const wholeMs = await msOf(() => work(size))
    if (wholeMs < partMs * MOST_TIMES_AS_LONG) return
    seen.push(`${Math.round(partMs)} and ${Math.round(wholeMs)} ms`)
  }
  assert.fail(`${what} takes longer than linear time: an eighth and the whole took ${seen.join(", ")}`)
}

async function msOf(work: () => unknown): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}
