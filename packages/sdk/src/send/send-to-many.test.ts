import assert from "node:assert/strict"
import { test } from "node:test"
import type { AppMessage } from "@wecom-push/protocol"
import type { ApiRequest } from "../api.ts"
import { templateCard, text } from "../builders.ts"
import type { SendResult } from "../wecom-error.ts"
import { memoryLookupStore } from "../people/memory-lookup-store.ts"
import { lookupKeys } from "../people/lookup-key.ts"
import { memoryMediaStore } from "../media/memory-media-store.ts"
import { Uploader } from "../media/uploader.ts"
import { People } from "../people/people.ts"
import { bodyOf, fakeApi, namedIn } from "../testing/fake-api.ts"
import { leapingClock } from "../testing/leaping-clock.ts"
import type { LeapingClock } from "../testing/leaping-clock.ts"
import { WeComError } from "../wecom-error.ts"
import type { Audience } from "./audience.ts"
import { planForMany, sendToMany } from "./send-to-many.ts"
import type { JournalRow, ManyOptions, SendJournal, SendWait } from "./send-to-many.ts"
import type { TargetOutcome } from "./target.ts"

type Reply = Readonly<Record<string, unknown>> & { readonly errcode: number }
type Answer = (request: ApiRequest, number: number) => Reply | undefined

/** WeCom as one line a test: numbers ending in 9 have no member, and `answer` may decide otherwise. */
function aWeCom(answer: Answer = () => undefined, clock: LeapingClock = leapingClock()) {
  const told = { lookups: 0, sends: 0 }
  const api = fakeApi((request) => {
    const isSend = request.path === "message/send"
    const number = isSend ? ++told.sends : ++told.lookups
    const given = answer(request, number)
    if (given !== undefined) return given
    if (isSend) return { errcode: 0, msgid: `msg${number}` }
    const { mobile = "" } = bodyOf(request) as { mobile?: string }
    return mobile.endsWith("9") ? { errcode: 46004 } : { errcode: 0, userid: `u${mobile}` }
  }, clock)
  const scope = { baseUrl: "http://sim", corpId: "ww1", agentId: 1, secret: "s" }
  const settings = { api, language: "en", callTimeoutMs: 30_000, baseUrl: scope.baseUrl } as const
  const lifetimes = { hitLifetimeMs: 1e9, missLifetimeMs: 1e9, mobileCheck: "strict" } as const
  const people = new People({ ...settings, store: memoryLookupStore(), keys: lookupKeys(scope), ...lifetimes })
  const uploader = new Uploader({ ...settings, owner: scope.corpId, store: memoryMediaStore() })
  const deps = {
    ...settings,
    people,
    uploader,
    agentId: 1,
    strict: true,
    sourceTimeoutMs: Infinity,
    onUnknownIds: () => assert.fail("unknownIds"),
  }
  const sends = (): ApiRequest[] => api.requests.filter(({ path }) => path === "message/send")
  return {
    clock,
    api,
    deps,
    sends,
    send: (to: Audience, options: ManyOptions = {}, message: AppMessage = text("x")): Promise<SendResult> =>
      sendToMany(deps, to, message, options),
  }
}

function mobiles(count: number, first = 0): string[] {
  return Array.from({ length: count }, (_, index) => `139${String(first + index).padStart(8, "0")}`)
}

/** Numbers that members have. */
function known(count: number): string[] {
  return mobiles(2 * count)
    .filter((mobile) => !mobile.endsWith("9"))
    .slice(0, count)
}

function statesOf({ recipients }: SendResult): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { state, reason } of recipients) {
    const word = state === "sent" ? state : `${state} ${reason}`
    counts[word] = (counts[word] ?? 0) + 1
  }
  return counts
}

/** A journal in memory. */
function aJournal(earlier: Record<string, TargetOutcome & { readonly userid?: string }> = {}, room = Infinity) {
  const lines: string[] = []
  let calls = 0
  const journal: SendJournal = {
    userid: (type, address) => earlier[`${type} ${address}`]?.userid,
    outcome: (kind, id) => earlier[`${kind} ${id}`],
    started(rows: readonly JournalRow[]) {
      if (calls >= room) return Promise.resolve(undefined)
      lines.push(`started ${++calls} ${rows.length}`)
      return Promise.resolve(calls)
    },
    finished(call, outcomes) {
      lines.push(`finished ${call} ${[...new Set(outcomes.map(({ state }) => state))].join(",")}`)
      return Promise.resolve()
    },
  }
  return { journal, lines }
}

/** The option alone. */
function withJournal(...args: Parameters<typeof aJournal>) {
  return { journal: aJournal(...args).journal }
}

const LIMITED = { errcode: 45009 }
const UNTRUSTED = { errcode: 60020 }

test("people get it as they are found, in calls as few as they can be, and no one twice", async () => {
  const { send, api, sends } = aWeCom()
  const list = mobiles(5_500)
  const result = await send(
    { users: ["boss"], mobiles: [...list, ...list.slice(0, 100)], departments: [7] },
    withJournal(),
  )
  assert.deepEqual(statesOf(result), {
    sent: 5_042,
    "not_found no_visible_member": 550,
    "not_found no_visible_member_cached": 10,
  })
  assert.deepEqual(
    sends().map((request) => namedIn(request).length),
    // The department is in the first call.
    [1001, 1000, 1000, 1000, 951],
  )
  const named = sends().flatMap(namedIn)
  assert.equal(new Set(named).size, named.length)
  const first = api.requests.findIndex(({ path }) => path === "message/send")
  assert.ok(first > 0 && first <= 2_000, `the first call came after ${first} look-ups`)
})

// proves 10.7: long lists
test("WeCom's 9,000 look-ups a minute are waited for and reported, and no recipient fails", async () => {
  const clock = leapingClock()
  const asked: number[] = []
  const { send } = aWeCom((request) => {
    if (request.path === "message/send") return undefined
    asked.push(clock.now())
    return asked.length > 10_000 && clock.now() - (asked.at(-10_001) ?? 0) < 60_000 ? LIMITED : undefined
  }, clock)
  const start = clock.now()
  const forecasts: number[] = []
  const onWait = (wait: SendWait): void => {
    assert.ok(wait.why === "lookup_pace" && wait.rule.limit === 9_000)
    if (forecasts.length === 0) forecasts.push(start + clock.now() - start + wait.msFor(wait.left))
  }
  const result = await send({ mobiles: known(30_000) }, { onWait })
  assert.deepEqual(statesOf(result), { sent: 30_000 })
  const took = clock.now() - start
  assert.ok(took > 180_000 && took < 250_000, `${took}`)
  assert.ok(Math.abs((forecasts[0] ?? 0) - clock.now()) < 5_000, "the forecast was wrong")
})

test("look-ups that WeCom closes (45009) are waited for, a minute and then an hour, and everybody is asked in the end", async () => {
  const clock = leapingClock()
  let closedUntil = Infinity
  const { send } = aWeCom((request, number) => {
    if (request.path === "message/send" || number < 1_500) return undefined
    if (number === 1_500) closedUntil = clock.now() + 600_000
    return clock.now() < closedUntil ? LIMITED : undefined
  }, clock)
  const waits: SendWait[] = []
  const result = await send({ mobiles: known(3_000) }, { ...withJournal(), onWait: (wait) => waits.push(wait) })
  assert.deepEqual(statesOf(result), { sent: 3_000 })
  assert.equal(result.error, undefined)
  assert.deepEqual(
    waits.map(({ why, ms }) => [why, ms]),
    [
      ["lookup_paused", 60_000],
      ["lookup_paused", 3_600_000],
    ],
  )
  assert.ok(clock.pausesMs.includes(3_600_000))
})

test("look-ups closed until tomorrow are not waited for: who is known gets it, the rest may be tried again", async () => {
  const { send } = aWeCom((request, number) =>
    request.path !== "message/send" && number > 1_500 ? LIMITED : undefined,
  )
  const result = await send({ mobiles: known(3_000), users: ["boss"] }, withJournal())
  const { sent = 0, "failed lookup_paused": paused } = statesOf(result)
  assert.equal(sent + (paused ?? 0), 3_001)
  assert.ok(sent >= 1_481 && sent <= 1_501, `${sent}`)
  assert.equal(result.error?.errcode, 45009)
})

test("a send that meets WeCom's limit (45009) is made again after a minute", async () => {
  const { send, sends, clock } = aWeCom((request, number) =>
    request.path === "message/send" && number === 2 ? LIMITED : undefined,
  )
  const { journal, lines } = aJournal()
  const result = await send({ mobiles: known(2_500) }, { journal })
  assert.deepEqual(statesOf(result), { sent: 2_500 })
  assert.equal(result.error, undefined)
  assert.deepEqual(sends().map(namedIn)[1], sends().map(namedIn)[2])
  assert.deepEqual(clock.pausesMs, [60_000])
  assert.deepEqual(lines.slice(2, 6), ["started 2 1000", "finished 2 failed", "started 3 1000", "finished 3 sent"])
})

test("an error of the app in the middle ends the run: no further recipient is looked up or sent to", async () => {
  const { send, api, sends } = aWeCom((request, number) =>
    request.path === "message/send" && number === 2 ? UNTRUSTED : undefined,
  )
  const result = await send({ mobiles: known(5_000) }, withJournal())
  assert.deepEqual(statesOf(result), { sent: 1_000, "failed call_refused": 1_000, "failed not_started": 3_000 })
  assert.deepEqual([result.error?.errcode, sends().length, api.requests.length], [60020, 2, 2_002])
  assert.ok(result.recipients.slice(1_000).every(({ errcode }) => errcode === 60020))
})

test("an error of the app at the first look-up ends the run before anything goes out", async () => {
  const { send, sends, api } = aWeCom(() => UNTRUSTED)
  const error = await send({ mobiles: known(5_000) }, withJournal()).then(
    () => assert.fail("it went well"),
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof WeComError && error.errcode === 60020)
  assert.equal(error.result?.recipients.length, 5_000)
  assert.equal(sends().length, 0)
  assert.ok(api.requests.length <= 20)
})

test("recipients that an earlier run sent to are neither looked up nor sent to, under whatever name; in doubt is reported", async () => {
  const { send, sends, api } = aWeCom()
  const [first = "", second = "", third = "", fourth = ""] = known(4)
  const sent: TargetOutcome = { state: "sent", msgid: "old" }
  const doubt: TargetOutcome = { state: "in_doubt", reason: "answer_lost" }
  const { journal } = aJournal({
    [`mobile ${first}`]: { ...sent, userid: `u${first}` },
    [`user u${first}`]: sent,
    // Sent to by userid, now named by number.
    [`user u${second}`]: sent,
    [`mobile ${third}`]: { ...doubt, userid: `u${third}` },
    [`user u${third}`]: doubt,
    "department 7": sent,
  })
  const result = await send({ mobiles: [first, second, third, fourth], departments: [7, 8] }, { journal })
  assert.deepEqual(
    result.recipients.map(({ state, msgid, userid }) => [state, msgid, userid]),
    [
      ["sent", "old", `u${first}`],
      ["sent", "old", `u${second}`],
      ["in_doubt", undefined, `u${third}`],
      ["sent", "msg1", `u${fourth}`],
      ["sent", "old", undefined],
      ["sent", "msg1", undefined],
    ],
  )
  assert.deepEqual(sends().flatMap(namedIn), [`u${fourth}`, "8"])
  assert.equal(api.requests.length - sends().length, 2)
})

// proves 10.7: long lists
test("what cannot be written down before is not sent", async () => {
  const { send, sends } = aWeCom()
  const result = await send({ mobiles: known(3_000) }, withJournal({}, 1))
  assert.deepEqual(statesOf(result), { sent: 1_000, "failed not_started": 2_000 })
  assert.equal(sends().length, 1)
})

test("a journal has one call under way at a time; without one there are four", async () => {
  const list = known(8_000)
  for (const [options, most] of [
    [withJournal(), 1],
    [{}, 4],
  ] as const) {
    let underWay = 0
    let seen = 0
    const { deps, api } = aWeCom()
    const call = api.call.bind(api)
    const counting = {
      ...api,
      async call(request: ApiRequest) {
        if (request.path !== "message/send") return call(request)
        seen = Math.max(seen, ++underWay)
        await new Promise(setImmediate)
        underWay--
        return call(request)
      },
    }
    await sendToMany({ ...deps, api: counting }, { mobiles: list }, text("x"), options)
    assert.equal(seen, most)
  }
})

for (const when of ["while it waits for look-ups", "while it waits for sends", "between two calls"]) {
  test(`a caller that gives up ${when} learns who got it and that the rest was not sent`, async () => {
    const controller = new AbortController()
    const { send, sends } = aWeCom((request, number) => {
      const isSend = request.path === "message/send"
      if (when === "while it waits for look-ups" && !isSend && number === 1_500) return LIMITED
      if (when === "while it waits for sends" && isSend && number === 2) return LIMITED
      if (when === "between two calls" && isSend && number === 1) controller.abort()
      return undefined
    })
    const result = await send(
      { mobiles: known(3_000) },
      { ...withJournal(), signal: controller.signal, onWait: () => controller.abort() },
    )
    const { sent = 0, ...others } = statesOf(result)
    assert.ok(sent === 1_000, `${sent}`)
    assert.equal(result.error?.code, "aborted")
    assert.ok(
      Object.keys(others).every((word) => word.startsWith("failed ")),
      Object.keys(others).join(),
    )
    assert.equal(sends().length, when === "while it waits for sends" ? 2 : 1)
  })
}

test("each call of a card has a task_id of its own", async () => {
  const card = templateCard({
    card_type: "vote_interaction",
    task_id: "lunch",
    main_title: { title: "午饭" },
    checkbox: { question_key: "q", option_list: [{ id: "a", text: "面条", is_checked: true }] },
    submit_button: { text: "提交", key: "k" },
  })
  const { send, sends } = aWeCom()
  await send({ mobiles: known(2_001) }, withJournal(), card)
  assert.deepEqual(
    sends().map((request) => (bodyOf(request)["template_card"] as { task_id: string }).task_id),
    ["lunch", "lunch@2", "lunch@3"],
  )
})

test("a remembered userid that WeCom refuses is looked up once more, and the new owner gets it", async () => {
  const [mobile = ""] = known(1)
  let owner = "leaver"
  const { send, deps } = aWeCom((request) => {
    if (request.path !== "message/send") return { errcode: 0, userid: owner }
    return namedIn(request).includes("leaver") ? { errcode: 0, msgid: "m", invaliduser: "leaver" } : undefined
  })
  await deps.people.find([{ type: "mobile", address: mobile }], { deadline: Infinity })
  owner = "joiner"
  const result = await send({ mobiles: [mobile] })
  assert.deepEqual(
    result.recipients.map(({ state, userid }) => [state, userid]),
    [["sent", "joiner"]],
  )
})

test("a dry run waits as the send would, sends nothing, and plans for those who are left", async () => {
  const { deps, sends, clock } = aWeCom((_request, number) => (number === 1_500 ? LIMITED : undefined))
  const list = known(2_500)
  const [first = ""] = list
  const { journal, lines } = aJournal({ [`user u${first}`]: { state: "sent", msgid: "old" } })
  const plan = await planForMany(deps, { mobiles: list }, text("x"), { journal })
  assert.deepEqual([plan.calls.length, plan.error, sends().length, lines], [3, undefined, 0, []])
  assert.deepEqual([plan.recipients[0]?.state, plan.recipients[1]?.state], ["sent", "planned"])
  assert.deepEqual(clock.pausesMs, [60_000])
})
