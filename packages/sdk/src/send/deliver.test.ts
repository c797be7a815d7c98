import assert from "node:assert/strict"
import { test } from "node:test"
import { fc } from "../../../../tools/testing/fast-check.ts"
import { text, templateCard } from "../builders.ts"
import { faultError, refusedError } from "../make-error.ts"
import { bodyOf, fakeApi, namedIn } from "../testing/fake-api.ts"
import type { FakeApi } from "../testing/fake-api.ts"
import { TransportFault } from "../transport.ts"
import type { WeComError } from "../wecom-error.ts"
import { MessagePart } from "./message-part.ts"
import { deliver } from "./deliver.ts"
import type { Delivered } from "./deliver.ts"
import { planCalls } from "./plan.ts"
import { newTarget } from "./target.ts"
import type { Target } from "./target.ts"

const SETTINGS = { agentId: 1000002, duplicateCheckSeconds: undefined }
const OK = { errcode: 0, msgid: "m" }

interface Trial extends Delivered {
  readonly outcomes: readonly string[]
  readonly unknownIds: readonly string[]
}

async function deliverTo(targets: Target[], api: FakeApi, ...texts: string[]): Promise<Trial> {
  const parts = (texts.length === 0 ? ["x"] : texts).map((content) => new MessagePart(text(content), SETTINGS))
  return deliverParts(targets, api, parts)
}

async function deliverParts(targets: Target[], api: FakeApi, parts: MessagePart[]): Promise<Trial> {
  const unknownIds: string[] = []
  const delivered = await deliver(
    { api, language: "en", callTimeoutMs: 30_000, onUnknownIds: (ids) => unknownIds.push(...ids) },
    planCalls(targets),
    { parts, media: undefined, repeatable: false, deadline: Infinity, signal: undefined, onProgress: undefined },
  )
  return {
    ...delivered,
    unknownIds,
    outcomes: targets.map(({ outcome }) => [outcome.state, outcome.reason].join(" ").trim()),
  }
}

function users(count: number): Target[] {
  return Array.from({ length: count }, (_, index) => newTarget("user", `u${index}`))
}

function lost(): WeComError {
  const fault = new TransportFault("reset", true, { host: "qyapi.weixin.qq.com" })
  return faultError(fault, { api: "message/send", language: "en", code: "in_doubt" })
}

test("whichever ids refuse whole calls, exactly they end up invalid and everybody else gets one copy", async () => {
  const bad = fc.uniqueArray(fc.nat({ max: 49 }), { maxLength: 20 })
  await fc.assert(
    fc.asyncProperty(bad, async (indexes) => {
      const isBad = new Set(indexes.map((index) => `u${index}`))
      const copies = new Map<string, number>()
      const api = fakeApi((request) => {
        const named = namedIn(request)
        if (named.some((id) => isBad.has(id))) return { errcode: 40003 }
        for (const id of named) copies.set(id, (copies.get(id) ?? 0) + 1)
        return OK
      })
      const targets = users(50)
      const { error } = await deliverTo(targets, api)
      assert.equal(error, undefined)
      for (const { id, outcome } of targets) {
        assert.deepEqual([outcome.state, copies.get(id)], isBad.has(id) ? ["invalid", undefined] : ["sent", 1])
      }
    }),
    { numRuns: 100 },
  )
})

test("one bad id among a thousand costs about twenty calls", async () => {
  const api = fakeApi((request) => (namedIn(request).includes("u737") ? { errcode: 60111 } : OK))
  await deliverTo(users(1000), api)
  assert.ok(api.requests.length <= 21, `${api.requests.length}`)
})

test("when every half is refused too, each ends up alone, by less than two calls for each", async () => {
  const api = fakeApi(() => ({ errcode: 60011 }))
  const { outcomes, error } = await deliverTo(users(1000), api)
  assert.equal(error, undefined)
  assert.equal(api.requests.length, 1999)
  assert.deepEqual(new Set(outcomes), new Set(["invalid refused_alone"]))
})

test("ids that WeCom complains about though they were not named change nothing and raise a warning", async () => {
  const api = fakeApi(() => ({ ...OK, invaliduser: ["U1", "stranger"], invalidparty: 7, unlicenseduser: "u2|" }))
  const { outcomes, unknownIds } = await deliverTo(users(4), api)
  assert.deepEqual(outcomes, ["sent", "invalid outside_visible_range", "unlicensed no_licence", "sent"])
  assert.deepEqual(unknownIds, ["user stranger", "department 7"])
})

test("parts go out one after another, and a recipient that misses one gets no further ones", async () => {
  const api = fakeApi((_request, number) =>
    number === 2 ? { errcode: 0, msgid: "m2", invaliduser: "u0" } : { errcode: 0, msgid: `m${number}` },
  )
  const targets = users(2)
  const { outcomes, calls } = await deliverTo(targets, api, "一", "二", "三")
  assert.deepEqual(
    api.requests.map((request) => [bodyOf(request)["text"], namedIn(request)]),
    [
      [{ content: "一" }, ["u0", "u1"]],
      [{ content: "二" }, ["u0", "u1"]],
      [{ content: "三" }, ["u1"]],
    ],
  )
  assert.deepEqual(outcomes, ["invalid part_2_of_3_outside_visible_range", "sent"])
  assert.deepEqual(
    targets.map(({ outcome }) => outcome.msgid),
    ["m1", "m3"],
  )
  assert.equal(calls.length, 3)
})

test("a first part that fails is reported plainly: nothing arrived", async () => {
  const api = fakeApi(() => ({ errcode: 0, msgid: "m", invaliduser: "u0" }))
  assert.deepEqual((await deliverTo(users(1), api, "一", "二")).outcomes, ["invalid outside_visible_range"])
})

test("each call of a card has a task_id of its own, the first as given", async () => {
  const card = cardPart("lunch")
  const api = fakeApi(() => OK)
  await deliverParts(users(2001), api, [card])
  const ids = api.requests.map((request) => (bodyOf(request)["template_card"] as { task_id: string }).task_id)
  assert.deepEqual(ids, ["lunch", "lunch@2", "lunch@3"])
})

test("a lost answer puts those of its call in doubt and the others are still sent", async () => {
  const api = fakeApi((_request, number) => {
    if (number === 1) throw lost()
    return OK
  })
  const { outcomes, error, calls } = await deliverTo(users(2000), api)
  assert.deepEqual([outcomes[0], outcomes.at(-1)], ["in_doubt answer_lost", "sent"])
  assert.deepEqual([error?.code, calls], ["in_doubt", [{}, { errcode: 0, msgid: "m" }]])
})

test("after four lost answers in a row no further call starts, and the remaining recipients are not in doubt", async () => {
  const api = fakeApi(() => {
    throw lost()
  })
  const { outcomes } = await deliverTo(users(9000), api)
  assert.equal(api.requests.length, 4)
  assert.deepEqual([outcomes[3999], outcomes[4000]], ["in_doubt answer_lost", "failed not_started"])
})

test("at most four calls are under way at once", async () => {
  let underWay = 0
  let most = 0
  const api = fakeApi(async () => {
    most = Math.max(most, ++underWay)
    await new Promise(setImmediate)
    underWay--
    return OK
  })
  await deliverTo(users(20_000), api)
  assert.deepEqual([api.requests.length, most], [20, 4])
})

test("a programming error is thrown, not reported as an outcome", async () => {
  const api = fakeApi(() => {
    throw new RangeError("bug")
  })
  await assert.rejects(deliverTo(users(1), api), RangeError)
})

test("a call that is refused for what it says fails everybody with WeCom's code", async () => {
  const api = fakeApi(() => ({ errcode: 40058, errmsg: "max length is 512" }))
  const { outcomes, error } = await deliverTo(users(2), api)
  assert.deepEqual(outcomes, ["failed call_refused", "failed call_refused"])
  assert.equal(
    error?.errmsg,
    refusedError({ errcode: 40058, errmsg: "max length is 512" }, { api: "message/send", language: "en" }).errmsg,
  )
})

test("a card's task_id stays within 128 bytes in every call, and differs in each", async () => {
  const task_id = "x".repeat(128)
  const card = cardPart(task_id)
  const api = fakeApi(() => OK)
  await deliverParts(users(1001), api, [card])
  const ids = api.requests.map((request) => (bodyOf(request)["template_card"] as { task_id: string }).task_id)
  assert.deepEqual(ids, [task_id, `${"x".repeat(126)}@2`])
})

function cardPart(task_id: string): MessagePart {
  const card = templateCard({
    card_type: "vote_interaction",
    task_id,
    main_title: { title: "午饭" },
    checkbox: { question_key: "q", option_list: [{ id: "a", text: "面条", is_checked: true }] },
    submit_button: { text: "提交", key: "k" },
  })
  return new MessagePart(card, SETTINGS)
}
