import assert from "node:assert/strict"
import { isUtf8 } from "node:buffer"
import { test } from "node:test"
import { fc } from "../../../../tools/testing/fast-check.ts"
import { Problem } from "../problems/problem.ts"
import { readJson } from "./read-json.ts"

function codeOf(bytes: Uint8Array): string {
  try {
    readJson(bytes)
    return "read"
  } catch (error) {
    assert.ok(error instanceof Problem, String(error))
    return error.code
  }
}

test("what JSON.parse reads is read alike", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5, noUnicodeString: false }), (value) => {
      const text = JSON.stringify(value)
      if (/\\u(?:0000|d[89a-f])/i.test(text) || !text.isWellFormed()) return
      assert.deepEqual(readJson(Buffer.from(text)), JSON.parse(text))
    }),
  )
})

test("C8: each of the 256 bytes at each position of a body is read as JSON.parse reads it, or refused for what is wrong", () => {
  const body = Buffer.from('{"to":{"users":["a"]},"msgtype":"text","text":{"content":"中\\n"}}')
  const codes = new Set<string>()
  for (let position = 0; position < body.length; position++) {
    for (let byte = 0; byte < 256; byte++) {
      const changed = Buffer.from(body)
      changed[position] = byte
      const code = codeOf(changed)
      assert.equal(code, expectedOf(changed), `${byte} at ${position}`)
      codes.add(code)
    }
  }
  assert.deepEqual([...codes].toSorted(), ["invalid_json", "invalid_utf8", "read"])
})

function expectedOf(bytes: Uint8Array): string {
  if (!isUtf8(bytes)) return "invalid_utf8"
  try {
    JSON.parse(new TextDecoder().decode(bytes))
    return "read"
  } catch {
    return "invalid_json"
  }
}

function said(text: string): string | undefined {
  try {
    readJson(Buffer.from(text))
  } catch (error) {
    return error instanceof Problem ? error.detail?.en : undefined
  }
  return undefined
}

test("where JSON breaks off is reported where it is known, and that it ends only where it does", () => {
  assert.match(said('{\n "中": [1 2]}') ?? "", /not valid at line 2, column 10\./)
  assert.match(said(`[1 ${"\n".repeat(3_000_000)} 2]`) ?? "", /line 3000001, column 2\./)
  assert.match(said('{"a":') ?? "", /ends before it is complete/)
  assert.match(said('{"a":tru}') ?? "", /has } where JSON does not allow it\./)
})

test("the usual mistakes of JSON that is written by hand are named, and nothing else of the body is shown", () => {
  for (const [text, detail] of [
    ['{"a": [1, 2,\n]}', "The body has ] where JSON does not allow it: no comma may be before it."],
    ['{"a": 1,}', "The JSON is not valid at line 1, column 9, at }: no comma may be before it."],
    ["{'a': 1}", "The JSON is not valid at line 1, column 2, at ': write double quotes."],
    ["{“a”：1}", "The JSON is not valid at line 1, column 2, at “: write half-width punctuation."],
    ['{"a"：1}', "The JSON is not valid at line 1, column 5, at ：: write half-width punctuation."],
    ['{"a": 1, // one\n"b": 2}', "The JSON is not valid at line 1, column 10, at /: JSON has no comments."],
    ['{"a"; 1}', "The JSON is not valid at line 1, column 5, at ;."],
    ["{a: 1}", "The JSON is not valid at line 1, column 2."],
    ['{"to": 13800000001 13800000002}', "The JSON is not valid at line 1, column 20."],
  ] as const)
    assert.equal(said(text), detail)
})

test("any bytes at all are read or refused as a problem", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => void codeOf(bytes)))
})

// proves C16: nesting
test("C16: 32 levels are read and 33 are not, whatever is in texts", () => {
  assert.equal(codeOf(nested(32)), "read")
  assert.equal(codeOf(nested(33)), "too_deep")
})

test("a body of more than five million values is refused before it is built", () => {
  assert.equal(codeOf(Buffer.from(`[${"0,".repeat(5_000_001)}0]`)), "too_many_values")
})

function nested(depth: number): Buffer {
  return Buffer.from(`${"[".repeat(depth)}"]]]\\"[[["${"]".repeat(depth)}`)
}
