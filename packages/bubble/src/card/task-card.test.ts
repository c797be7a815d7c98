import assert from "node:assert/strict"
import { test } from "node:test"
import { render, wordsIn } from "../testing/render.ts"

const CARD = {
  title: "请假",
  description: "李四 1 天",
  url: "https://a.example/leave",
  task_id: "leave-1",
  btn: [
    { key: "yes", name: "同意", replace_name: "已同意" },
    { key: "no", name: "拒绝", color: "red" },
  ],
}
const draw = (changes: object = {}): string =>
  render({ msgtype: "taskcard", taskcard: { ...CARD, ...changes } }, { onPress: () => undefined })

test("a task card has its title, its text, and buttons that can be pressed", () => {
  const markup = draw()
  assert.equal(wordsIn(markup), "请假 李四 1 天 同意 拒绝")
  assert.match(markup, /<button type="button" class="wb-button wb-button-1" aria-disabled="false">同意<\/button>/)
  assert.match(markup, /wb-button-2" aria-disabled="false">拒绝/)
  assert.match(markup, /href="https:\/\/a\.example\/leave"/)
})

test("once a button was pressed, one dead button says so, in the words that the card has for it", () => {
  assert.match(draw({ clicked_key: "yes" }), /wb-dead" disabled="">已同意</)
  assert.match(draw({ clicked_key: "no" }), /wb-dead" disabled="">已处理</)
})

test("a task card of anything is drawn", () => {
  for (const btn of [undefined, null, 7, [null], [{ key: {} }]]) draw({ title: 7, description: null, url: {}, btn })
})
