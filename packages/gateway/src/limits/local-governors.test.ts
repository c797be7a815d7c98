import assert from "node:assert/strict"
import { test } from "node:test"
import { setImmediate as immediate } from "node:timers/promises"
import { targetKey } from "@wecom-push/protocol/delivery"
import { memoryLookupStore } from "@wecom-push/sdk"
import { agentParty } from "../model/party.ts"
import { JumpAwareClock } from "../model/jump-aware-clock.ts"
import { StorageError } from "../model/storage-error.ts"
import type { AppRecord, Settings } from "../model/ports/apps.ts"
import type { RecentSend } from "../model/ports/reader.ts"
import { AllCalls } from "./all-calls.ts"
import { localGovernors } from "./local-governors.ts"
import { anOwner } from "./testing/an-owner.ts"

const NOON = Date.UTC(2026, 10, 25, 4)
const MINUTE = 60_000
const NO_LIMITS = { member_per_minute: null, member_per_hour: null }

class World {
  nowMs = NOON
  apps: AppRecord[] = []
  sends: RecentSend[] = []
  trouble: Error | undefined
  /** Called for each page that is read. @returns whether another page follows */
  page: () => Promise<boolean> = () => Promise.resolve(false)
  /** How often the reading has begun. */
  begun = 0
  readonly opened: string[] = []
  readonly slept: number[] = []
  readonly governors = localGovernors({
    busyMembers: {
      note: () => Promise.resolve(),
      since: async () => {
        this.begun++
        return { completeFrom: 0, members: [] }
      },
    },
    reader: {
      sends: async ({ from, before = Infinity }) => {
        const nextCursor = (await this.page()) ? "another" : undefined
        return { items: this.sends.filter(({ at }) => at >= from && at < before), nextCursor }
      },
    },
  })({
    clock: new JumpAwareClock({
      now: () => this.nowMs,
      monotonic: () => this.nowMs,
      sleep: async (ms) => {
        this.slept.push(ms)
        this.nowMs += ms
      },
    }),
    random: () => 1,
    apps: {
      list: async () => {
        if (this.trouble !== undefined) throw this.trouble
        return this.apps
      },
      pause: () => Promise.resolve(true),
      resume: () => Promise.resolve(true),
    },
    lookups: memoryLookupStore(),
    personTimes: {
      take: () => assert.fail(),
      giveBack: () => assert.fail(),
      taken: () => assert.fail(),
    },
    log: { info: nothing, warn: nothing, error: nothing },
    stopping: new AbortController().signal,
    allCalls: new AllCalls(100),
    onOpened: (app) => void this.opened.push(app),
    onDoubted: () => undefined,
    chats: { get: async (corpId, chatid) => ({ ...A_CHAT, corpId, chatid }) },
    corps: { get: async () => ({ chat_person_times_per_minute: 5 }) },
    ratesOf: () => ({ members: undefined, countsChats: true }),
    keysIn: (_, body) => [targetKey("chat", body)],
  })
}

function nothing(): void {}

const A_CHAT = {
  agentId: 1,
  name: undefined,
  owner: undefined,
  members: ["zhangsan", "lisi"],
  isMade: true,
  fingerprint: undefined,
  createdAt: NOON,
  updatedAt: NOON,
}

function anApp(name: string, settings: Settings = {}, agentId = 1): AppRecord {
  return {
    name,
    corpId: "ww1",
    agentId,
    partyId: String(agentId),
    kind: "app",
    createdAt: NOON,
    updatedAt: NOON,
    settings,
    pause: undefined,
    version: 1,
  }
}

const sendOf = (agentId: number): RecentSend => ({
  party: agentParty({ corpId: "ww1", agentId }),
  named: { touser: "zhangsan" },
  at: NOON - 1000,
})

test("sends from before this process began are read once, before anything is sent, and count", async () => {
  const world = new World()
  world.apps = [anApp("alerts", { member_per_minute: 1 })]
  world.sends = [sendOf(1)]
  for (let n = 0; n < 2; n++) await world.governors.ready()
  assert.equal(world.begun, 1)
  const governor = await world.governors.open(anApp("alerts", { member_per_minute: 1 }))
  assert.equal(governor.reserve("normal", anOwner()).add("zhangsan")?.untilMs, NOON - 1000 + MINUTE + 1)
})

test("messages into group chats from before this process began count in the person-times of the corp", async () => {
  const world = new World()
  world.apps = [anApp("alerts")]
  const other = { kind: "app_chat", body: "ops" }
  world.sends = [50, 70].map((seconds) => ({ ...sendOf(2), named: {}, other, at: NOON - seconds * 1000 }))
  await world.governors.ready()
  const governor = await world.governors.open(anApp("alerts"))
  const key = targetKey("chat", "ops")
  const targets = [{ kind: "chat" as const, id: "ops", key, positions: [], remembered: [] }]
  const take = () => governor.reserve("normal", anOwner(), "chat").take(targets)
  assert.deepEqual((await take()).deferred, [])
  assert.deepEqual(
    (await take()).deferred.map(({ untilMs, reason }) => [untilMs, reason]),
    [[NOON + 10_000, "target_rate"]],
  )
})

test("they are read when at least one app has limits, or no app exists yet", async () => {
  for (const { apps, begun } of [
    { apps: [], begun: 1 },
    { apps: [anApp("alerts", NO_LIMITS)], begun: 0 },
    { apps: [anApp("alerts", NO_LIMITS), anApp("alarms", {}, 2)], begun: 1 },
  ]) {
    const world = new World()
    world.apps = apps
    await world.governors.ready()
    assert.equal(world.begun, begun)
  }
})

test("sends of a party without an app count once it has one", async () => {
  const world = new World()
  world.sends = [sendOf(7)]
  await world.governors.ready()
  const governor = await world.governors.open(anApp("late", { member_per_minute: 1 }, 7))
  assert.notEqual(governor.reserve("normal", anOwner()).add("zhangsan"), undefined)
})

test("while the rest of the hour is read, an app that is opened sends nothing to members who may have reached the limit", async () => {
  const world = new World()
  const { promise, resolve } = Promise.withResolvers<boolean>()
  let pages = 0
  world.page = () => (++pages > 9 ? promise : Promise.resolve(pages > 1))
  await world.governors.ready()
  const governor = await world.governors.open(anApp("alerts", { member_per_minute: null, member_per_hour: 499 }))
  assert.equal(governor.reserve("normal", anOwner()).add("zhangsan")?.untilMs, NOON + 1000)
  resolve(false)
  await immediate()
  assert.equal(governor.reserve("normal", anOwner()).add("zhangsan"), undefined)
})

test("reading while an app already sends leaves its limits as they are", async () => {
  const world = new World()
  const { promise, resolve } = Promise.withResolvers<boolean>()
  let pages = 0
  world.page = () => (++pages > 9 ? promise : Promise.resolve(pages > 1))
  await world.governors.ready()
  const governor = await world.governors.open(anApp("alerts", { member_per_minute: null, member_per_hour: 1 }))
  const sentAt = NOON - 30 * MINUTE
  world.sends = [{ ...sendOf(1), at: sentAt }]
  resolve(false)
  await immediate()
  assert.equal(governor.reserve("normal", anOwner()).add("zhangsan")?.untilMs, sentAt + 60 * MINUTE + 1)
})

test("an error while reading is thrown to the caller, and the next call reads again", async () => {
  const world = new World()
  const trouble = new StorageError("storage_error")
  world.trouble = trouble
  await assert.rejects(world.governors.ready(), trouble)
  world.trouble = undefined
  await world.governors.ready()
  assert.equal(world.begun, 1)
})

test("a deleted app is not reported when its party opens, nor moved when the clock is set", async () => {
  const { governors, opened } = new World()
  const [gone, alerts] = [await governors.open(anApp("gone")), await governors.open(anApp("alerts"))]
  const wrongIp = { kind: "misconfigured", errcode: 60020, errmsg: "ip" } as const
  for (const governor of [gone, alerts]) await governor.report({ health: wrongIp, from: NOON, at: NOON })
  governors.forget("gone")
  governors.clockJumped(5000)
  assert.deepEqual([gone.closedUntilMs(), alerts.closedUntilMs()], [NOON + MINUTE, NOON + MINUTE + 5000])
  assert.deepEqual(opened, [])
})

test("look-ups of a corp keep the pace that is set", async () => {
  const { governors, slept } = new World()
  const turns = governors.lookupPermits("ww1", "user/getuserid ww1", () =>
    Promise.resolve({ lookupMissBudget: 10, lookupsPerMinute: 1, lookupsPerHour: null }),
  )
  ;(await turns.take())[Symbol.dispose]()
  assert.deepEqual(slept, [])
  ;(await turns.take())[Symbol.dispose]()
  assert.ok(slept.length > 0)
})
