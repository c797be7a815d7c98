import assert from "node:assert/strict"
import { test } from "node:test"
import { explainReason, reasonOfPart } from "./reasons.ts"

test("a reason is explained in both languages, with what to do", () => {
  assert.match(explainReason("no_licence", "en"), /licence.*administrator/)
  assert.match(explainReason("no_licence", "zh"), /许可.*管理员/)
})

test("a reason of a later part says which part, how many there are, and the reason itself", () => {
  assert.equal(
    explainReason("part_2_of_3_no_licence", "en"),
    `Part 2 of 3 failed, the parts before it were sent. ${explainReason("no_licence", "en")}`,
  )
  assert.equal(
    explainReason("part_2_of_3_no_licence", "zh"),
    `拆分后共 3 条，第 2 条未送出，之前的已发送。${explainReason("no_licence", "zh")}`,
  )
})

test("what is no reason of ours comes back as it is", () => {
  for (const other of ["suppressed", "constructor", "part_2_of_x_no_licence", ""]) {
    assert.equal(explainReason(other, "en"), other)
  }
})

test("of a later part the reason says which one failed, of how many; of the first only why", () => {
  assert.equal(reasonOfPart("call_refused", 0, 3), "call_refused")
  assert.equal(reasonOfPart("call_refused", 1, 3), "part_2_of_3_call_refused")
  assert.match(explainReason(reasonOfPart("call_refused", 2, 3), "en"), /^Part 3 of 3 failed/)
})
