import assert from "node:assert/strict"
import { test } from "node:test"
import { memoryLookupStore } from "@wecom-push/sdk"
import { agentParty } from "../model/party.ts"
import { JumpAwareClock } from "../model/jump-aware-clock.ts"
import type { AppRecord } from "../model/ports/apps.ts"
import { PartyLimits } from "./party-limits.ts"
import { AllCalls } from "./all-calls.ts"
import { AppGovernors } from "./app-governors.ts"

const NOON = Date.UTC(2026, 10, 25, 4)
const MINUTE = 60_000

function world() {
  const clock = new JumpAwareClock({ now: () => NOON, monotonic: () => NOON, sleep: () => Promise.resolve() })
  const log = { info: nothing, warn: nothing, error: nothing }
  const opened: string[] = []
  const created: string[] = []
  const state = { refusalsRead: 0 }
  const store = memoryLookupStore()
  const lookups = {
    getPause: async (key: string) => {
      state.refusalsRead++
      return store.getPause(key)
    },
    setPause: (...args: Parameters<typeof store.setPause>) => store.setPause(...args),
  }
  const governors = new AppGovernors({
    clock,
    log,
    random: () => 1,
    apps: { pause: () => Promise.resolve(true), resume: () => Promise.resolve(true) },
    onOpened: (app) => void opened.push(app),
    onDoubted: () => undefined,
    ratesOf: () => ({ members: undefined, countsChats: false }),
    createLimits: (party, limits) => {
      created.push(party.partyId)
      const personTimes = {
        take: () => assert.fail(),
        giveBack: () => assert.fail(),
        taken: () => assert.fail(),
      }
      const allCalls = new AllCalls(100)
      return new PartyLimits({ clock, log, lookups, personTimes, allCalls, busyMembers: undefined }, party, limits)
    },
  })
  return { governors, opened, created, state }
}

function nothing(): void {}

function anApp(name: string, { agentId = 1, corpId = "ww1", settings = {} }: Partial<AppRecord> = {}): AppRecord {
  return {
    name,
    corpId,
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

const THROTTLED = { health: { kind: "throttled" }, from: NOON, at: NOON } as const
const WRONG_IP = { health: { kind: "misconfigured", errcode: 60020, errmsg: "ip" }, from: NOON, at: NOON } as const

test("names of one party share its limits, as the last of them sets them; other parties have their own", async () => {
  const { governors, created } = world()
  await governors.open(anApp("alerts", { settings: { concurrent_calls: 2 } }))
  await governors.open(anApp("alarms", { settings: { concurrent_calls: 3 } }))
  await governors.open(anApp("other", { agentId: 2 }))
  await governors.open(anApp("elsewhere", { corpId: "ww2" }))
  assert.deepEqual(created, ["1", "2", "1"])
  assert.equal(governors.known(agentParty({ corpId: "ww1", agentId: 1 }))?.calls.most, 3)
  assert.equal(governors.known(agentParty({ corpId: "ww1", agentId: 2 }))?.calls.most, 50)
  assert.equal(governors.known(agentParty({ corpId: "ww3", agentId: 1 })), undefined)
})

test("a refusal that closes a party is read when its app is opened", async () => {
  const { governors, state } = world()
  const governor = await governors.open(anApp("alerts"))
  assert.equal(state.refusalsRead, 1)
  await governor.report(THROTTLED)
  governors.forget("alerts")
  const again = await governors.open(anApp("alerts"))
  assert.equal(again.closedUntilMs(), NOON + MINUTE, "what has been counted stays")
})

test("when the clock is set, closed names and closed parties keep their lengths, except names that were deleted", async () => {
  const { governors } = world()
  const [paused, gone, refused] = [
    await governors.open(anApp("paused")),
    await governors.open(anApp("gone")),
    await governors.open(anApp("refused", { agentId: 2 })),
  ]
  for (const governor of [paused, gone]) await governor.report(WRONG_IP)
  await refused.report(THROTTLED)
  governors.forget("gone")
  governors.clockJumped(5000)
  assert.deepEqual(
    [paused, gone, refused].map((governor) => governor.closedUntilMs()),
    [NOON + MINUTE + 5000, NOON + MINUTE, NOON + MINUTE + 5000],
  )
})

test("a party that opens is reported by all its existing names, and by no other", async () => {
  const { governors, opened } = world()
  for (const app of [anApp("alerts"), anApp("alarms"), anApp("gone"), anApp("other", { agentId: 2 })])
    await governors.open(app)
  governors.forget("gone")
  governors.partyOpened(agentParty({ corpId: "ww1", agentId: 1 }))
  assert.deepEqual(opened, ["alerts", "alarms"])
})

test("a call that finds a party open opens all its names", async () => {
  const { governors, opened } = world()
  const governor = await governors.open(anApp("alerts"))
  await governors.open(anApp("alarms"))
  await governor.report(THROTTLED)
  await governor.report({ health: { kind: "healthy" }, from: NOON + 1, at: NOON + 2 })
  assert.deepEqual(opened, ["alerts", "alarms"])
})
