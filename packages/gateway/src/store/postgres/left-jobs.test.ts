import assert from "node:assert/strict"
import { mock, test } from "node:test"
import type { FetchedJob } from "./jobs.ts"
import { LeftJobs } from "./left-jobs.ts"

const COUNT = 450

function jobsLeft(): { readonly left: LeftJobs; readonly jobs: readonly FetchedJob[] } {
  const jobs = Array.from({ length: COUNT }, (_, n) => ({
    queue: "normal" as const,
    id: `job_${n}`,
    retryCount: 0,
    data: { message: `msg_${n}` },
  }))
  const left = new LeftJobs()
  left.add(jobs)
  return { left, jobs }
}

const allOurs = (jobs: readonly FetchedJob[]): Promise<ReadonlySet<FetchedJob>> => Promise.resolve(new Set(jobs))

/** Hands out those that can be read. */
function handingOut(isReadable: (job: FetchedJob) => boolean) {
  const handedOut: FetchedJob[] = []
  const batches: number[] = []
  const handOut = (batch: readonly FetchedJob[]): Promise<boolean> => {
    batches.push(batch.length)
    const isRead = batch.every(isReadable)
    if (isRead) handedOut.push(...batch)
    return Promise.resolve(isRead)
  }
  return { handedOut, batches, handOut }
}

/** The jobs that are left by now, due or not. */
async function restOf(left: LeftJobs): Promise<readonly FetchedJob[]> {
  const { handedOut, handOut } = handingOut(() => true)
  await left.handOut(allOurs, handOut)
  return handedOut
}

// proves 13.M6: no message is passed over
test("one that cannot be read is left, and all others are handed out, whichever it is", async () => {
  for (const at of [0, 1, 100, 199, 200, 399, 449]) {
    const { left, jobs } = jobsLeft()
    const { handedOut, batches, handOut } = handingOut((job) => job !== jobs[at])
    await left.handOut(allOurs, handOut)
    assert.equal(left.mostAreUnread, false)
    assert.deepEqual(new Set(handedOut), new Set(jobs.filter((job) => job !== jobs[at])))
    assert.equal(handedOut.length, COUNT - 1)
    assert.ok(batches.length <= 3 + 2 * 8, `${batches.length} batches`)
    assert.deepEqual(await restOf(left), [jobs[at]])
  }
})

test("when none can be read the first few show it, and all are left; once they can be read, all are handed out", async () => {
  const { left, jobs } = jobsLeft()
  const { batches, handOut } = handingOut(() => false)
  assert.equal(left.mostAreUnread, false)
  await left.handOut(allOurs, handOut)
  assert.equal(left.mostAreUnread, true)
  assert.ok(batches.length <= 20, `${batches.length} batches`)
  assert.deepEqual(new Set(await restOf(left)), new Set(jobs))
  assert.equal(left.mostAreUnread, false)
})

test("jobs that are not ours any more are neither handed out nor left", async () => {
  const { left, jobs } = jobsLeft()
  const ours = jobs.slice(0, 3)
  const { handedOut, handOut } = handingOut(() => true)
  await left.handOut(() => Promise.resolve(new Set(ours)), handOut)
  assert.deepEqual(handedOut, ours)
  assert.deepEqual(await restOf(left), [])
})

test("when it is unknown which are ours, all are left", async () => {
  const { left } = jobsLeft()
  const { batches, handOut } = handingOut(() => true)
  await assert.rejects(
    left.handOut(() => Promise.reject(new Error("the database")), handOut),
    /the database/,
  )
  assert.deepEqual([batches, (await restOf(left)).length], [[], COUNT])
})

test("a programming error while they are handed out does not keep others from being fetched", async () => {
  const { left } = jobsLeft()
  await left.handOut(allOurs, handingOut(() => false).handOut)
  assert.equal(left.mostAreUnread, true)
  await assert.rejects(
    left.handOut(allOurs, () => Promise.reject(new TypeError("a mistake"))),
    /a mistake/,
  )
  assert.equal(left.mostAreUnread, false)
})

test("they are due half a second after the last was left, and while there are any", async () => {
  const now = mock.method(performance, "now", () => 1000)
  try {
    const { left } = jobsLeft()
    assert.equal(left.areDue, false)
    now.mock.mockImplementation(() => 1500)
    assert.equal(left.areDue, true)
    await restOf(left)
    assert.equal(left.areDue, false)
  } finally {
    now.mock.restore()
  }
})
