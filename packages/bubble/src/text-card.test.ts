import assert from "node:assert/strict"
import { test } from "node:test"
import { render, wordsIn } from "./testing/render.ts"

const textcard = {
  title: "请假",
  description: '<div class="gray">周一</div><div class="highlight">待审批</div>',
  url: "https://a.example",
}

test("a textcard has its title, its coloured lines, and leads to its address from anywhere on it", () => {
  const markup = render({ msgtype: "textcard", textcard })
  assert.match(markup, /<p class="wb-prose wb-gray">周一<\/p><p class="wb-prose wb-highlight">待审批<\/p>/)
  assert.match(markup, /<a class="wb-cover wb-row" href="https:\/\/a\.example"/)
})

test("its foot says what the app wants it to, or else that there are details", () => {
  assert.equal(wordsIn(render({ msgtype: "textcard", textcard })), "请假 周一 待审批 详情")
  assert.match(wordsIn(render({ msgtype: "textcard", textcard: { ...textcard, btntxt: "去审批" } })), /去审批$/)
  assert.match(wordsIn(render({ msgtype: "textcard", textcard }, { language: "en" })), /Details$/)
})
