import assert from "node:assert/strict"

const PARTS = 8
/** Linear work of eight times the size takes 8 times as long, quadratic work 64 times. */
const MOST_TIMES_AS_LONG = 28
const ROUNDS = 5
/** What is shorter than that is nothing but noise. */
const LEAST_MS = 2

/**
 * Fails when work of this thread takes a time that grows faster than its size. The same work at an eighth of the size is
 * the yardstick, and only the time counts in which the thread had a processor, so that a slow or busy machine makes no
 * difference. Of several times the least counts.
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
