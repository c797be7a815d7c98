import assert from "node:assert/strict"
import { subscribe, unsubscribe } from "node:diagnostics_channel"
import { once } from "node:events"
import { test } from "node:test"
import type { Worker } from "node:worker_threads"
import { LargeBodies } from "./large-bodies.ts"
import { Problem } from "../../problems/problem.ts"

const options = { now: Date.parse("2026-11-25T12:00:00Z"), idempotencyKey: undefined, inBatch: false }

function noFailure(thread: string, error: unknown): void {
  assert.fail(`the thread ${thread} has failed: ${String(error)}`)
}

function bytesOf(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value))
}

function messageTo(count: number): object {
  const mobiles = Array.from({ length: count }, (_, n) => String(13_800_000_000 + n))
  return { to: { mobiles }, msgtype: "text", text: { content: "你好" } }
}

/** The threads that start during the work. */
async function threadsOf(work: () => Promise<void>): Promise<readonly Worker[]> {
  const threads: Worker[] = []
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what Node documents of this channel
  const note = (message: unknown): number => threads.push((message as { worker: Worker }).worker)
  subscribe("worker_threads", note)
  try {
    await work()
  } finally {
    unsubscribe("worker_threads", note)
  }
  return threads
}

test("a thread that has read megabytes ends as soon as it has delivered, with all it grew to", async () => {
  await using bodies = new LargeBodies(noFailure)
  const [thread] = await threadsOf(async () => {
    const { recipientCount, chunks } = await bodies.prepare(bytesOf(messageTo(100_000)), options, "client")
    assert.deepEqual([recipientCount, [...chunks].length], [100_000, 100])
  })
  assert.ok(thread !== undefined)
  await once(thread, "exit")
  assert.equal((await bodies.prepare(bytesOf(messageTo(100_000)), options, "client")).recipientCount, 100_000)
})

test("smaller bodies that follow one another share a thread", async () => {
  await using bodies = new LargeBodies(noFailure)
  const threads = await threadsOf(async () => {
    for (let n = 0; n < 3; n++) await bodies.prepare(bytesOf(messageTo(20_000)), options, "client")
  })
  assert.equal(threads.length, 1)
})

test("a reader may take longer over some items of an array than the thread waits for work", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] })
  await using bodies = new LargeBodies(noFailure)
  const items = Array.from({ length: 1000 }, (_, n) => ({ ...messageTo(1), text: { content: String(n) } }))
  let read = 0
  for await (const group of bodies.prepareArray(bytesOf(items), { ...options, inBatch: true }, "client")) {
    read += group.length
    t.mock.timers.tick(60_000)
  }
  assert.equal(read, 1000)
})

// proves 10.1: worker threads
test("a body whose thread fails is to be sent again, the failure is reported, and the next body finds a new thread", async () => {
  const failures: string[] = []
  await using bodies = new LargeBodies((thread, error) => failures.push(`${thread}: ${String(error)}`))
  const [first] = await threadsOf(() => bodies.start())
  const reading = bodies.prepare(bytesOf(messageTo(100_000)), options, "client")
  await Promise.all([
    assert.rejects(reading, (error) => error instanceof Problem && error.code === "reading_interrupted"),
    first?.terminate(),
  ])
  assert.deepEqual(failures, ["large-bodies: Error: the thread ended with exit code 1"])
  assert.equal((await bodies.prepare(bytesOf(messageTo(20_000)), options, "client")).recipientCount, 20_000)
})

/** A message to numbers of another country, each of which is checked by that country's rules. */
function messageAbroad(count: number): object {
  return { ...messageTo(0), to: { mobiles: Array.from({ length: count }, (_, n) => `+852${91_000_000 + n}`) } }
}

// proves 28.D2: bodies of millions of names
test("one body of a client is read at a time, and those of others meanwhile, however long it takes", async () => {
  await using bodies = new LargeBodies(noFailure)
  const done: string[] = []
  const read = async (name: string, body: object, client: string): Promise<void> => {
    await bodies.prepare(bytesOf(body), options, client)
    done.push(name)
  }
  await Promise.all([
    read("long", messageAbroad(20_000), "a"),
    read("short behind it", messageTo(5000), "a"),
    read("short of another", messageTo(5000), "b"),
    read("short of a third", messageTo(5000), "c"),
  ])
  assert.deepEqual(done.slice(2), ["long", "short behind it"])
})

// proves 28.D2: bodies of millions of names
test("a batch takes its turn group by group, and what its client sends beside it is read between two of them", async () => {
  await using bodies = new LargeBodies(noFailure)
  const items = Array.from({ length: 5000 }, (_, n) => ({ ...messageTo(1), text: { content: String(n) } }))
  const groups = bodies.prepareArray(bytesOf(items), { ...options, inBatch: true }, "a")
  let read = (await groups.next()).value?.length ?? 0
  assert.equal((await bodies.prepare(bytesOf(messageTo(5000)), options, "a")).recipientCount, 5000)
  for await (const group of groups) read += group.length
  assert.equal(read, 5000)
})

// proves 28.D2: bodies of millions of names
test("a thread that does not turn any more is given up, reported and replaced", async () => {
  const failures: string[] = []
  await using bodies = new LargeBodies((thread, error) => failures.push(`${thread}: ${String(error)}`), { stillMs: 60 })
  await bodies.start()
  const reading = bodies.prepare(bytesOf(messageAbroad(20_000)), options, "a")
  await assert.rejects(reading, (error) => error instanceof Problem && error.code === "reading_interrupted")
  assert.deepEqual(failures, ["large-bodies: Error: the thread has not turned for 60 ms"])
})
