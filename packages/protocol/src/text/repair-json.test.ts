import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { fc } from "../../../../tools/testing/fast-check.ts"
import { repairJson } from "./repair-json.ts"

const bytes = (text: string): Uint8Array => Buffer.from(text, "latin1")

suite("what is repaired in a JSON text", () => {
  for (const [sent, text, repairs] of [
    ['{"a":"\\ud800"}', '{"a":"\uFFFD"}', ["lone_surrogate"]],
    ['{"\\uDC00":1}', '{"\uFFFD":1}', ["lone_surrogate"]],
    ['{"a":"\\ud800\\ud83d\\ude00"}', '{"a":"\uFFFD\\ud83d\\ude00"}', ["lone_surrogate"]],
    ['{"a":"\\\\ud800"}', '{"a":"\\\\ud800"}', []],
    ['{"a":"\\u0000\0"}\0', '{"a":"\uFFFD\uFFFD"}', ["nul"]],
    ['{\n"a":"1\n2"\n}', '{\n"a":"1\\n2"\n}', ["control_character"]],
    ['{"a":"\x01\x1f"}', '{"a":"\\u0001\\u001f"}', ["control_character"]],
    ['{"a":"\xc4\xe3"}', '{"a":"\uFFFD\uFFFD"}', ["invalid_utf8"]],
    [
      '{"a":"\xff\0\n\\ud800"}',
      '{"a":"\uFFFD\uFFFD\\n\uFFFD"}',
      ["control_character", "invalid_utf8", "lone_surrogate", "nul"],
    ],
    ['{"a":"\\"\n"}', '{"a":"\\"\\n"}', ["control_character"]],
    ['{"a":"\\', '{"a":"\\', []],
    ["\xef\xbb\xbf{}", "\uFEFF{}", []],
    ["", "", []],
  ] as const) {
    test(JSON.stringify(sent), () => {
      const repaired = repairJson(bytes(sent))
      assert.deepEqual([repaired.text, repaired.repairs.toSorted()], [text, repairs])
    })
  }
})

test("what is JSON already stays as it is, and whatever comes is text without NUL or half a character", () => {
  fc.assert(
    fc.property(fc.json(), (json) => {
      const { text, repairs } = repairJson(Buffer.from(json))
      if (repairs.length === 0) assert.equal(text, json)
    }),
  )
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (content) => {
      const { text } = repairJson(content)
      assert.ok(!text.includes("\0") && text.isWellFormed())
    }),
  )
})

test("a text of a megabyte between two quotes is repaired in a moment", () => {
  const { text, repairs } = repairJson(Buffer.from(`{"a":"${"\n".repeat(1_000_000)}"}`))
  assert.equal(JSON.parse(text).a.length, 1_000_000)
  assert.deepEqual(repairs, ["control_character"])
})
