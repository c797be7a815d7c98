import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { test } from "node:test"
import { callBody } from "./call-body.ts"
import type { TargetKind } from "./call-target.ts"
import { APP_MESSAGE } from "./kinds/app-message.ts"
import { guardedBody } from "./guarded-body.ts"
import { namedKeys } from "./named-targets.ts"

const CONTENT = { part: '{"msgtype":"text","text":{"content":"你好"},"safe":1}', agentId: 1000002, number: 1 }

const targets = (...named: readonly (readonly [kind: TargetKind, id: string])[]) =>
  named.map(([kind, id]) => ({ kind, id }))

const sha256 = (body: string): string => createHash("sha256").update(body).digest("hex")

// proves 12.D1: one rule book, in both worlds
test("a body names its recipients, the message as accepted, the app and the check", () => {
  const body = callBody(
    targets(["user", "ZhangSan"], ["user", "lisi"], ["department", "2"], ["tag", "1"]),
    CONTENT,
    14_400,
  )
  assert.equal(
    body,
    '{"touser":"ZhangSan|lisi","toparty":"2","totag":"1","msgtype":"text","text":{"content":"你好"},"safe":1,' +
      '"agentid":1000002,"enable_duplicate_check":1,"duplicate_check_interval":14400}',
  )
  assert.deepEqual(namedKeys(body), ["zhangsan", "lisi", " department 2", " tag 1"])
})

test("everybody is @all", () => {
  const body = callBody(targets(["all", "@all"]), CONTENT, null)
  assert.match(body, /^\{"touser":"@all",/)
  assert.deepEqual(namedKeys(body), [" all @all"])
})

test("the second call of a card has a task_id of its own, no longer than WeCom takes", () => {
  assert.equal(taskId("deploy", 1), "deploy")
  assert.equal(taskId("deploy", 2), "deploy@2")
  const longest = "x".repeat(128)
  assert.equal(taskId(longest, 12), `${"x".repeat(125)}@12`)
})

test("a text that speaks of a task_id is left as it is", () => {
  const part = JSON.stringify({ msgtype: "text", text: { content: '"task_id"' } })
  assert.ok(callBody(targets(["user", "lisi"]), { ...CONTENT, part, number: 2 }, null).includes(part.slice(1, -1)))
})

test("the first call of a card is the part as it was accepted, byte for byte", () => {
  const part = '{"msgtype":"template_card","template_card":{"task_id":"deploy","main_title":{"title":"\\u4e2d"}}}'
  assert.ok(callBody(targets(["user", "lisi"]), { ...CONTENT, part }, null).includes(part.slice(1, -1)))
})

for (const [what, card] of [
  ["an empty task_id", '{"card_type":"x","task_id":""}'],
  ["one that is no text", '{"card_type":"x","task_id":7}'],
  ["none of its own", '{"card_type":"x","source":{"task_id":"deploy"}}'],
] as const) {
  test(`a card with ${what} is left as it is in later calls too`, () => {
    const part = `{"msgtype":"template_card","template_card":${card}}`
    assert.ok(callBody(targets(["user", "lisi"]), { ...CONTENT, part, number: 2 }, null).includes(part.slice(1, -1)))
  })
}

test("the guard compares bodies without the check; ours has a body to fall back on, the caller's has not", () => {
  const to = targets(["user", "lisi"])
  const ours = guardedBody(APP_MESSAGE, to, CONTENT, { by: "gateway" }, sha256)
  const callers = guardedBody(APP_MESSAGE, to, CONTENT, { by: "caller", intervalSeconds: 600 }, sha256)
  assert.equal(ours.guard?.hash, callers.guard?.hash)
  assert.equal(ours.guard?.bodyWithoutCheck, callBody(to, CONTENT, null))
  assert.deepEqual([ours.checkSeconds, ours.guard?.windowMs], [14_400, 14_700_000])
  assert.deepEqual([callers.checkSeconds, callers.guard?.windowMs], [600, 600_000])
  assert.equal(callers.guard?.bodyWithoutCheck, undefined)
})

function taskId(task_id: string, number: number): string {
  const body = callBody(targets(["user", "lisi"]), { ...CONTENT, part: cardPart(task_id), number }, null)
  return JSON.parse(body).template_card.task_id
}

function cardPart(task_id: string): string {
  return JSON.stringify({ msgtype: "template_card", template_card: { card_type: "x", task_id } })
}
