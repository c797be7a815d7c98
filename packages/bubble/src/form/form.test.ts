import assert from "node:assert/strict"
import { test } from "node:test"
import type { BubbleProps } from "../bubble-props.ts"
import { deployment, lunch, onCall } from "../examples/answerable-cards.ts"
import { render, wordsIn } from "../testing/render.ts"

const live = { onPress: () => undefined }
const draw = (card: object, props: Partial<BubbleProps> = live): string =>
  render({ msgtype: "template_card", template_card: card }, props)
const zh = (text: string): string => text
const [BUTTONS, VOTE, LISTS] = [deployment(zh), lunch(zh, 1), onCall(zh)]

test("buttons with a key can be pressed; those with an address lead there", () => {
  const button_list = [...BUTTONS.button_list, { type: 1, text: "差异", url: "https://a.example/d", style: 3 }]
  const markup = draw({ ...BUTTONS, button_list })
  assert.match(markup, /<button type="button" class="wb-button wb-button-1" aria-disabled="false">同意<\/button>/)
  assert.match(markup, /<a class="wb-button wb-button-3" href="https:\/\/a\.example\/d"[^>]*>差异<\/a>/)
})

test("a style that is not one of the four is the first", () => {
  for (const style of [undefined, 0, 5, "x", -1, 1.5]) {
    assert.match(draw({ ...BUTTONS, button_list: [{ text: "好", key: "k", style }] }), /wb-button-1/)
  }
})

test("without anybody to tell, nothing can be pressed or chosen", () => {
  for (const card of [BUTTONS, VOTE, LISTS]) {
    const controls = draw(card, {}).match(/<(?:button|select|fieldset)\b[^>]*>/g) ?? []
    assert.ok(controls.length > 0)
    for (const control of controls) assert.match(control, /disabled=""/)
  }
})

test("a question is asked by a list, with what is chosen beforehand", () => {
  const markup = draw(LISTS)
  assert.match(markup, /<span>日期<\/span><select><option value="mon">周一<\/option><option value="tue" selected="">/)
  assert.match(markup, /<span>班次<\/span><select><option value="day" selected="">/)
})

test("a vote has boxes to tick, or one choice where only one may be made", () => {
  assert.match(draw(VOTE), /<fieldset class="wb-options" aria-label="周五聚餐吃什么？">/)
  assert.match(draw(VOTE), /<input type="checkbox" name="[^"]+" checked="" value="noodles"\/>/)
  assert.match(draw(lunch(zh, 0)), /<input type="radio" [^>]*value="hotpot"\/>/)
})

test("a question that is disabled can no longer be answered", () => {
  assert.match(
    draw({ ...VOTE, checkbox: { ...VOTE.checkbox, disable: true } }),
    /<fieldset class="wb-options wb-off"[^>]* disabled="">/,
  )
  const select_list = LISTS.select_list.map((list) => ({ ...list, disable: true }))
  assert.equal(draw({ ...LISTS, select_list }).match(/<select disabled="">/g)?.length, 2)
})

test("replaced buttons are one dead button, and nothing can be answered any more", () => {
  for (const card of [BUTTONS, VOTE, LISTS]) {
    const markup = draw({ ...card, replace_text: "已处理" })
    assert.deepEqual(markup.match(/<button[^>]*>[^<]*/g), [
      '<button type="button" class="wb-button wb-dead" disabled="">已处理',
    ])
    assert.match(markup, /<(?:select|fieldset)[^>]* disabled=""/)
  }
})

test("after the one press that a card takes, its button is marked and the others are dead", () => {
  const markup = draw(BUTTONS, { ...live, pressed: "approve" })
  assert.match(markup, /<button [^>]*wb-button-1 wb-chosen" disabled=""[^>]*>.*已选择 <\/span>同意<\/button>/)
  assert.match(markup, /<button [^>]*wb-off" disabled=""[^>]*>拒绝/)
})

test("what was pressed is reported in words where no button shows it", () => {
  const action_menu = { action_list: [{ text: "静音", key: "mute" }] }
  assert.match(wordsIn(draw({ card_type: "text_notice", action_menu }, { ...live, pressed: "mute" })), /已选择：静音$/)
  assert.match(wordsIn(draw(BUTTONS, { ...live, pressed: "gone" })), /已选择：gone$/)
})

test("a submit button without words says what it does; a card may also have none", () => {
  assert.match(wordsIn(draw({ ...VOTE, submit_button: { key: "vote" } })), /提交$/)
  const { submit_button: _, ...without } = VOTE
  assert.doesNotMatch(draw(without), /<button/)
})
