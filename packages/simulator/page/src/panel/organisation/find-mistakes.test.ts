import assert from "node:assert/strict"
import { test } from "node:test"
import { brokenPlace, placedMistakes } from "./find-mistakes.ts"

const DETAIL = { en: "is used twice", zh: "重复" }

test("a text that is no JSON is wrong in one place, where it stops making sense", () => {
  const mistake = brokenPlace('{\n  "members": [\n    {},\n  ]\n}', DETAIL)
  assert.deepEqual([mistake?.line, mistake?.path], [4, ""])
  assert.equal(brokenPlace("{}", DETAIL), undefined)
})

test("what the simulator refuses is reported in the order of the text", () => {
  const text = '{\n  "apps": [],\n  "members": [\n    { "userid": "a" },\n    { "userid": "a" }\n  ]\n}'
  const problems = ["members[1].userid", "robots[0]", "apps"].map((path) => ({ path, detail: DETAIL }))
  assert.deepEqual(
    placedMistakes(text, problems).map(({ line, path }) => [line, path]),
    [
      [1, "robots[0]"],
      [2, "apps"],
      [5, "members[1].userid"],
    ],
  )
})
