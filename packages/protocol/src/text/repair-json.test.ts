import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { fc } from "../../../../tools/testing/fast-check.ts"
import { takesLinearTime } from "../../../../tools/testing/linear-time.ts"
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
      assert.deepEqual([textOf(repaired), repaired.repairs.toSorted()], [text, repairs])
    })
  }
})

// proves 11.B12: odd text in bodies
test("what is JSON already stays as it is, and whatever comes is text without NUL or half a character", () => {
  fc.assert(
    fc.property(fc.json(), (json) => {
      const repaired = repairJson(Buffer.from(json))
      if (repaired.repairs.length === 0) assert.equal(textOf(repaired), json)
      else assert.match(json, /\\u(?:0000|d[89a-f])/i)
    }),
  )
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (content) => {
      const text = textOf(repairJson(content))
      assert.ok(!text.includes("\0") && text.isWellFormed())
    }),
  )
})

test("a text of a megabyte of nothing but mistakes is repaired in linear time", async () => {
  for (const [mistake, repair] of [
    ["\n", "control_character"],
    ["\0", "nul"],
    [String.raw`\ud800`, "lone_surrogate"],
    ["\xff", "invalid_utf8"],
  ] as const) {
    const repairing = (count: number) => repairJson(bytes(`{"a":"${mistake.repeat(count)}"}`))
    const count = Math.floor(1_000_000 / mistake.length)
    await takesLinearTime(count, repairing, JSON.stringify(mistake))
    const repaired = repairing(count)
    assert.equal(JSON.parse(textOf(repaired)).a.length, count)
    assert.deepEqual(repaired.repairs, [repair])
  }
})

const textOf = ({ bytes: repaired }: { readonly bytes: Uint8Array }): string => Buffer.from(repaired).toString("utf8")
