import assert from "node:assert/strict"
import { test } from "node:test"
import type { JsonObject } from "../json.ts"
import type { PhoneMessage } from "../phone-messages.ts"
import { BUTTONS, MENU, SELECTS, VOTE } from "../testing/cards.ts"
import { renderMessage } from "./render-message.ts"

function render(card: JsonObject, more: Partial<PhoneMessage> = {}): string {
  const message: PhoneMessage = {
    seq: 7,
    userid: "zhangsan",
    msgid: "M-1",
    agentid: 1000002,
    at: "2026-11-25T01:02:03.000Z",
    request: { msgtype: "template_card" },
    body: card,
    ...more,
  }
  return renderMessage(message, "告警", "zh").markup.replaceAll(/\s+/g, " ")
}

test("a card knows its message, so that a press can name it", () => {
  assert.match(render(BUTTONS), /<li class="message" data-seq="7" data-msgid="M-1"/)
})

test("buttons with a key can be pressed; those with an address lead there", () => {
  const markup = render(BUTTONS)
  assert.match(markup, /<button type="button" data-key="yes" ?>同意<\/button>/)
  assert.match(markup, /<button type="button" data-key="no" ?>拒绝<\/button>/)
  assert.match(markup, /<a href="https:\/\/a\.example\/d"[^>]*>差异<\/a>/)
})

test("a question is asked by a list to choose from, with what is chosen beforehand", () => {
  const markup = render(SELECTS)
  assert.match(
    markup,
    /<span>日期<\/span> <select data-question="day" ?> <option value="mon" ?>周一<\/option><option value="tue" selected>周二<\/option>/,
  )
  assert.match(markup, /<select data-question="shift"/)
  assert.match(markup, /<button type="button" data-key="save" ?>保存<\/button>/)
})

test("a vote is put by boxes to tick, or by one choice where only one may be chosen", () => {
  assert.match(render(VOTE), /<fieldset class="question" data-question="where"/)
  assert.match(render(VOTE), /<input type="checkbox" name="7-where" value="a" checked \/>面条/)
  const single = render({ ...VOTE, checkbox: { ...VOTE.checkbox, mode: 0 } })
  assert.match(single, /<input type="radio" name="7-where" value="b" \/>火锅/)
})

test("the menu of a card can be opened, and its entries pressed", () => {
  assert.match(render(MENU), /<summary aria-label="更多操作">⋯<\/summary> <p class="quiet">选项<\/p>.*data-key="mute"/)
})

test("dead buttons, disabled questions and recalled cards cannot be pressed", () => {
  assert.doesNotMatch(render({ ...BUTTONS, replace_text: "已同意" }), /<button/)
  const disabled = { ...SELECTS, select_list: SELECTS.select_list.map((one) => ({ ...one, disable: true })) }
  assert.equal(render(disabled).match(/<select data-question="\w+" disabled>/g)?.length, 2)
  assert.match(render({ ...VOTE, checkbox: { ...VOTE.checkbox, disable: true } }), /<fieldset [^>]*disabled ?>/)
  assert.match(render(BUTTONS, { recalled: true }), /<button type="button" data-key="yes" disabled>/)
})

test("hostile keys, ids and texts stay text", () => {
  const hostile = `"><script>alert(1)</script>`
  const markup = render({
    action_menu: { desc: hostile, action_list: [{ text: hostile, key: hostile }] },
    checkbox: { question_key: hostile, option_list: [{ id: hostile, text: hostile }] },
    select_list: [{ question_key: hostile, title: hostile, option_list: [{ id: hostile, text: hostile }] }],
    button_list: [{ text: hostile, key: hostile, style: hostile }],
    submit_button: { text: hostile, key: hostile },
  })
  assert.doesNotMatch(markup, /<script|"">/)
})
