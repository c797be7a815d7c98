import assert from "node:assert/strict"
import { test } from "node:test"
import { Followers } from "./followers.ts"
import type { StoredEvent } from "../../model/ports/events.ts"
import type { MessageDetail } from "../../model/ports/reader.ts"

interface Sleeper {
  readonly ms: number
  end(): void
}

function following(look: () => Promise<Partial<MessageDetail> | undefined> = () => Promise.resolve({})) {
  const sleepers: Sleeper[] = []
  const looks: unknown[][] = []
  let listener: ((event: StoredEvent) => void) | undefined
  const events = {
    subscribe: (listen: (event: StoredEvent) => void) => {
      listener = listen
      return () => (listener = undefined)
    },
  }
  const clock = {
    now: () => 7,
    sleep: (ms: number, signal?: AbortSignal) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      signal?.addEventListener("abort", () => reject(new Error("aborted")))
      sleepers.push({ ms, end: resolve })
      return promise
    },
  }
  const reader = {
    message: (...asked: unknown[]) => {
      looks.push(asked)
      return look() as Promise<MessageDetail | undefined>
    },
  }
  const tell = (messageId: string | undefined, type: StoredEvent["type"] = "message.finished"): void =>
    listener?.({ id: 1, at: 7, type, app: "alerts", messageId, data: {} })
  return { followers: new Followers(events, reader, clock), sleepers, looks, tell }
}

/** Requests that were made before are under way after this. */
const aWhile = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

test("for a message that is finished already the answer comes at once, whatever its app", async () => {
  const { followers, sleepers, looks } = following(() => Promise.resolve({ finishedAt: 5 }))
  assert.equal(await followers.finished("msg_1", 1000), true)
  assert.deepEqual([sleepers.length, looks], [0, [["msg_1", { apps: "all", now: 7 }]]])
})

test("for a message that is not finished in time, or not there, the answer comes when the time is over", async () => {
  for (const look of [undefined, () => Promise.resolve(undefined)]) {
    const { followers, sleepers } = following(look)
    const finished = followers.finished("msg_1", 1000)
    await aWhile()
    assert.equal(sleepers[0]?.ms, 1000)
    sleepers[0]?.end()
    assert.equal(await finished, false)
  }
})

test("all callers that wait are answered when their message is finished, and not before", async () => {
  const { followers, sleepers, tell } = following()
  const told: string[] = []
  for (const [name, id] of [
    ["one", "msg_1"],
    ["another", "msg_1"],
    ["a third", "msg_2"],
  ] as const) {
    void followers.finished(id, 1000).then((is) => told.push(`${name} ${is}`))
  }
  await aWhile()
  tell("msg_1", "message.changed")
  tell(undefined)
  tell("msg_3")
  await aWhile()
  assert.deepEqual(told, [])
  tell("msg_1")
  await aWhile()
  assert.deepEqual(told, ["one true", "another true"])
  sleepers[2]?.end()
  await aWhile()
  assert.deepEqual(told.at(-1), "a third false")
})

test("a caller whose time is over takes no place: the others are answered, and those who come later", async () => {
  const { followers, sleepers, tell } = following()
  const [first, second] = [followers.finished("msg_1", 10), followers.finished("msg_1", 1000)]
  await aWhile()
  sleepers[0]?.end()
  assert.equal(await first, false)
  const third = followers.finished("msg_1", 1000)
  await aWhile()
  tell("msg_1")
  assert.deepEqual(await Promise.all([second, third]), [true, true])
  const fourth = followers.finished("msg_1", 1000)
  await aWhile()
  tell("msg_1")
  assert.equal(await fourth, true)
})

test("a message that is finished while it is looked at is not waited for", async () => {
  const looked = Promise.withResolvers<Partial<MessageDetail>>()
  const { followers, sleepers, tell } = following(() => looked.promise)
  const finished = followers.finished("msg_1", 1000)
  tell("msg_1")
  looked.resolve({})
  assert.equal(await finished, true)
  assert.equal(sleepers.length, 0)
})

test("a store that fails is no message that waits", async () => {
  const { followers } = following(() => Promise.reject(new Error("the disk")))
  await assert.rejects(followers.finished("msg_1", 1000), /the disk/)
})

test("after the end no caller is answered any more", async () => {
  const { followers, sleepers, tell } = following()
  const finished = followers.finished("msg_1", 1000)
  await aWhile()
  followers.close()
  tell("msg_1")
  sleepers[0]?.end()
  assert.equal(await finished, false)
})
