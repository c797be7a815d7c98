import assert from "node:assert/strict"
import { test } from "node:test"
import { render, wordsIn } from "../testing/render.ts"

test("the text of a group names whom it mentions after its content", () => {
  const text = { content: "值班", mentioned_list: ["zhangsan", "@all", 7], mentioned_mobile_list: ["13800000001"] }
  assert.equal(wordsIn(render({ msgtype: "text", text })), "值班 @zhangsan @all @13800000001")
  assert.equal(wordsIn(render({ msgtype: "text", text: { content: "值班", mentioned_list: "x" } })), "值班")
})
