import assert from "node:assert/strict"
import { test } from "node:test"
import type { ChatRecord } from "../model/ports/chats.ts"
import type { Settings } from "../model/ports/apps.ts"
import { ChatPersonTimes } from "./chat-person-times.ts"
import { LocalPlaces } from "./local-places.ts"

const NOON = Date.UTC(2026, 10, 25, 4)
const SECOND = 1000

class World {
  nowMs = 0
  settings: Settings = { chat_person_times_per_minute: 10 }
  readonly members = new Map<string, number>()
  readonly #steady = { now: () => this.nowMs }
  readonly personTimes = new ChatPersonTimes(
    {
      clock: { now: () => NOON + this.nowMs, steady: this.#steady },
      corps: { get: () => Promise.resolve(this.settings) },
      chats: { get: (_, chatid) => Promise.resolve(this.#chat(chatid)) },
    },
    "ww1",
    new LocalPlaces(this.#steady),
  )

  #chat(chatid: string): ChatRecord | undefined {
    const count = this.members.get(chatid)
    if (count === undefined) return undefined
    const members = Array.from({ length: count }, (_, n) => `m${n}`)
    return { corpId: "ww1", agentId: 1, chatid, name: undefined, owner: undefined, members, isMade: true, ...NO_MORE }
  }

  /** Seconds from the beginning until which the message waits; undefined: it was sent, and WeCom has answered at once. */
  async send(chatid: string, owner: string, { rank = 1, isRefused = false } = {}): Promise<number | undefined> {
    const taken = await this.personTimes.take(chatid, { owner, rank })
    if ("untilMs" in taken) return (taken.untilMs - NOON) / SECOND
    await taken.end(isRefused ? undefined : 0)
    return undefined
  }
}

const NO_MORE = { fingerprint: undefined, createdAt: 0, updatedAt: 0 }

test("a message waits until enough person-times of the corp have left the minute", async () => {
  const world = new World()
  world.members.set("six", 6).set("three", 3)
  assert.equal(await world.send("six", "a"), undefined)
  world.nowMs = 20 * SECOND
  assert.equal(await world.send("three", "b"), undefined)
  assert.equal(await world.send("three", "c"), 60)
  world.nowMs = 59 * SECOND
  assert.equal(await world.send("three", "c"), 60)
  world.nowMs = 60 * SECOND
  assert.equal(await world.send("three", "c"), undefined)
})

test("what did not arrive gives its person-times back, what is under way counts as now", async () => {
  const world = new World()
  world.members.set("ten", 10)
  assert.equal(await world.send("ten", "a", { isRefused: true }), undefined)
  const taken = await world.personTimes.take("ten", { owner: "b", rank: 1 })
  assert.ok("end" in taken)
  world.nowMs = 90 * SECOND
  assert.equal(await world.send("ten", "c"), 150)
  await taken.end(30 * SECOND)
  world.nowMs = 120 * SECOND
  assert.equal(await world.send("ten", "c"), undefined)
})

test("small chats do not take the room of a large one that waits, unless their messages are urgent", async () => {
  const world = new World()
  world.members.set("nine", 9).set("two", 2)
  for (const owner of ["a", "b"]) assert.equal(await world.send("two", owner), undefined)
  assert.equal(await world.send("nine", "large"), 60)
  assert.equal(await world.send("two", "small"), 60)
  assert.equal(await world.send("two", "urgent", { rank: 0 }), undefined)
  // Its message was cancelled.
  world.personTimes.finished("large")
  assert.equal(await world.send("two", "small"), undefined)
})

test("a place in the line is lost by who does not come again", async () => {
  const world = new World()
  world.members.set("nine", 9).set("two", 2)
  assert.equal(await world.send("two", "a"), undefined)
  assert.equal(await world.send("nine", "large"), 60)
  world.nowMs = 63 * SECOND
  for (const owner of ["b", "c", "d", "e", "f"]) assert.equal(await world.send("two", owner), undefined)
})

test("a chat of more members than the limit goes out when nothing else does, one that is not known counts as one", async () => {
  const world = new World()
  world.members.set("large", 2000)
  assert.equal(await world.send("large", "a"), undefined)
  assert.equal(await world.send("unknown", "b"), 60)
  world.nowMs = 63 * SECOND
  for (let n = 0; n < 10; n++) assert.equal(await world.send("unknown", `c${n}`), undefined)
  assert.equal(await world.send("unknown", "d"), 123)
})

test("without a limit nothing is counted, and a changed limit applies from then on", async () => {
  const world = new World()
  world.members.set("ten", 10)
  for (const owner of ["a", "b"]) assert.equal(await world.send("ten", owner), owner === "a" ? undefined : 60)
  world.settings = { chat_person_times_per_minute: null }
  world.personTimes.limitMayHaveChanged()
  assert.equal(await world.send("ten", "b"), undefined)
})
