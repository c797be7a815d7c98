import assert from "node:assert/strict"
import { test } from "node:test"
import type { PhoneView, TimelineEntry } from "../../../src/phones/feed-events.ts"
import { phoneReducer, type PhoneAction, type PhoneState } from "./phone-state.ts"

const APP = { conversation: 1000002, name: "告警", enabled: true, visible: true }

const entry = (turn: number, preview = `${turn}`): TimelineEntry => ({
  kind: "shown",
  turn,
  msgid: `M-${turn}`,
  conversation: APP.conversation,
  at: "2026-11-25T01:02:03.000Z",
  message: { msgtype: "text", text: { content: preview } },
  preview,
  media: {},
})

const entries = (...turns: number[]): TimelineEntry[] => turns.map((turn) => entry(turn))

const view = (turns: number[], more: Partial<PhoneView> & { before?: number | null } = {}): PhoneView => {
  const { before = null, ...rest } = more
  const timeline = { entries: entries(...turns), before }
  return { run: "r1", member: null, apps: [APP], kept_back: 0, ...rest, timeline }
}

function after(...actions: PhoneAction[]): PhoneState {
  let state: PhoneState | undefined
  for (const action of actions) state = phoneReducer(state, action)
  assert.ok(state)
  return state
}

const turns = (state: PhoneState): number[] => state.entries.map(({ turn }) => turn)
const changes = (...list: TimelineEntry[]): PhoneAction => ({
  kind: "changes",
  changes: { entries: list, kept_back: 0 },
})

test("new entries come to the end, changed ones in place of what they were", () => {
  const state = after({ kind: "phone", view: view([3, 5]) }, changes(entry(3, "recalled"), entry(7), entry(8)))
  assert.deepEqual(turns(state), [3, 5, 7, 8])
  assert.equal(state.entries[0]?.preview, "recalled")
})

test("a change of what is older than all that is held stays away until it is scrolled to", () => {
  const state = after({ kind: "phone", view: view([30, 50], { before: 30 }) }, changes(entry(7)))
  assert.deepEqual(turns(state), [30, 50])
})

test("older entries come before the others, and only where they were asked for", () => {
  const first = { kind: "phone", view: view([30, 50], { before: 30 }) } as const
  const older = { kind: "older", run: "r1", before: 30, page: { entries: entries(10, 20), before: 10 } } as const
  const state = after(first, older)
  assert.deepEqual([turns(state), state.before], [[10, 20, 30, 50], 10])
  assert.deepEqual(turns(after(first, older, older)), [10, 20, 30, 50])
  assert.deepEqual(turns(after(first, { ...older, run: "r0" })), [30, 50])
})

test("after a short break the page stays where it is", () => {
  const before = after(
    { kind: "phone", view: view([30, 50], { before: 30 }) },
    { kind: "older", run: "r1", before: 30, page: { entries: entries(10, 20), before: null } },
  )
  const state = phoneReducer(before, { kind: "phone", view: view([50, 60], { before: 50 }) })
  assert.ok(state)
  assert.deepEqual([turns(state), state.before, state.generation], [[10, 20, 30, 50, 60], null, before.generation])
})

test("after a break in which more came than is sent, and in another run, the page begins anew", () => {
  const first = { kind: "phone", view: view([1, 2]) } as const
  const missed = after(first, { kind: "phone", view: view([90, 91], { before: 90 }) })
  assert.deepEqual([turns(missed), missed.before, missed.generation], [[90, 91], 90, 2])
  const restarted = after(first, { kind: "phone", view: view([1], { run: "r2" }) })
  assert.deepEqual([turns(restarted), restarted.generation], [[1], 2])
})

test("a reset forgets what was shown, and another phone begins with nothing", () => {
  const first = { kind: "phone", view: view([1, 2]) } as const
  assert.deepEqual(turns(after(first, { kind: "reset" })), [])
  assert.equal(phoneReducer(after(first), { kind: "closed" }), undefined)
  assert.equal(phoneReducer(undefined, changes(entry(1))), undefined)
})

test("a page that is left open under load holds no more than it can, and fetches the rest again", () => {
  const many = Array.from({ length: 20_001 }, (_, index) => index + 1)
  const state = after({ kind: "phone", view: view([]) }, changes(...entries(...many)))
  assert.deepEqual([state.entries.length, state.entries[0]?.turn, state.before], [15_000, 5002, 5002])
})
