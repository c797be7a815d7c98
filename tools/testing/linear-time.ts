import assert from "node:assert/strict"

const PARTS = 8
/** Linear work of eight times the size takes 8 times as long, quadratic work 64 times. */
const MOST_TIMES_AS_LONG = 28
const ROUNDS = 5
/** Shorter times cannot be measured reliably. */
const LEAST_MS = 2

/**
 * Fails when the time for work of this thread grows faster than the size of the work. It is compared with the same work of an
 * eighth of the size. Only processor time of the thread counts, so a slow or busy machine makes no difference. The least of
 * several measurements counts.
 */
export async function takesLinearTime(
  size: number,
  work: (size: number) => unknown,
  what: string = "the work",
): Promise<void> {
  let partMs = Infinity
  let wholeMs = Infinity
  for (let round = 0; round < ROUNDS; round++) {
    for (let times = 0; times < 3; times++) {
      partMs = Math.min(partMs, Math.max(LEAST_MS, await msOf(() => work(Math.floor(size / PARTS)))))
    }
    wholeMs = Math.min(wholeMs, await msOf(() => work(size)))
    if (wholeMs < partMs * MOST_TIMES_AS_LONG) return
  }
  const told = `an eighth took ${Math.round(partMs)} ms, the whole ${Math.round(wholeMs)} ms`
  assert.fail(`${what} takes longer than linear time: ${told}`)
}

async function msOf(work: () => unknown): Promise<number> {
  const before = process.threadCpuUsage()
  await work()
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1000
}
