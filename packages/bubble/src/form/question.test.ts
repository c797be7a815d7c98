import assert from "node:assert/strict"
import { test } from "node:test"
import { checkboxQuestion, questionsOf, selectQuestion } from "./question.ts"

const option_list = [
  { id: "a", text: "一" },
  { id: "b", text: "二" },
]

test("of a list the given option is chosen, or the first where it is absent or unknown", () => {
  assert.deepEqual(selectQuestion({ question_key: "q", selected_id: "b", option_list }).chosen, ["b"])
  assert.deepEqual(selectQuestion({ question_key: "q", option_list }).chosen, ["a"])
  assert.deepEqual(selectQuestion({ question_key: "q", selected_id: "z", option_list }).chosen, ["a"])
  assert.deepEqual(selectQuestion({ question_key: "q" }).chosen, [])
})

test("of boxes all that are ticked are chosen, and only the first where one may be", () => {
  const ticked = option_list.map((option) => ({ ...option, is_checked: true }))
  assert.deepEqual(checkboxQuestion({ mode: 1, option_list: ticked }).chosen, ["a", "b"])
  assert.deepEqual(checkboxQuestion({ mode: "1", option_list: ticked }).chosen, ["a", "b"])
  assert.deepEqual(checkboxQuestion({ option_list: ticked }).chosen, ["a"])
  assert.deepEqual(checkboxQuestion({ option_list }).chosen, [])
})

test("a card asks only what its type does", () => {
  const parts = {
    button_selection: { question_key: "b" },
    checkbox: { question_key: "c" },
    select_list: [{ question_key: "s" }],
  }
  const keysOf = (card_type: string): string[] => questionsOf({ card_type, ...parts }).map(({ key }) => key)
  assert.deepEqual(keysOf("button_interaction"), ["b"])
  assert.deepEqual(keysOf("vote_interaction"), ["c"])
  assert.deepEqual(keysOf("multiple_interaction"), ["s"])
  assert.deepEqual(keysOf("text_notice"), [])
})
