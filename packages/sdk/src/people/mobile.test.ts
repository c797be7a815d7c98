import assert from "node:assert/strict"
import { test } from "node:test"
import { fc } from "../../../../tools/testing/fast-check.ts"
import { mobileToAsk, normalizeMobile, whyNoMobile } from "./mobile.ts"

const written: [string, string][] = [
  ["13800000001", "13800000001"],
  [" 138 0000 0001 ", "13800000001"],
  ["138-0000-0001", "13800000001"],
  ["+86 138 0000 0001", "13800000001"],
  ["+8613800000001", "13800000001"],
  ["008613800000001", "13800000001"],
  ["8613800000001", "13800000001"],
  ["(+86)13800000001", "13800000001"],
  ["１３８０００００００１", "13800000001"],
  ["＋８６　１３８０００００００１", "13800000001"],
  ["\u202A13800000001\u202C", "13800000001"],
  ["+852 9123 4567", "+85291234567"],
  ["0085291234567", "+85291234567"],
]

for (const [given, expected] of written) {
  test(`the mobile ${JSON.stringify(given)} is asked for as ${expected}`, async () => {
    assert.equal(await normalizeMobile(given), expected)
  })
}

for (const given of [
  "",
  "abc",
  "1380000000",
  "138000000012",
  "1380000000x",
  "12345",
  "0".repeat(33),
  "+86 10 1234",
  "1|2",
]) {
  test(`${JSON.stringify(given)} cannot be a mobile`, async () => {
    assert.equal(await normalizeMobile(given), undefined)
  })
}

// proves C13: numbers of every form
test("whatever is written, what is asked for has a form that WeCom takes: a plus or none, 5 to 32 bytes", async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.string(), fc.stringMatching(/^[+0-9 \-１２８()]{4,20}$/)), async (given) => {
      const asked = await normalizeMobile(given)
      assert.ok(asked === undefined || /^\+?\d{5,31}$/.test(asked), asked)
    }),
  )
})

test("normalising twice changes nothing", async () => {
  for (const [, expected] of written) assert.equal(await normalizeMobile(expected), expected)
})

const byLength: [string, string | undefined][] = [
  ["12345", "12345"],
  ["1380000000", "1380000000"],
  ["+852 1234 5678", "+85212345678"],
  ["010-12345678", "010-12345678"],
  ["０１０－１２３４５", "010-12345"],
  ["分机8001号", "分机8001号"],
  ["1".repeat(32), "1".repeat(32)],
  ["138 0000 0001", "13800000001"],
  ["1".repeat(33), undefined],
  ["中".repeat(11), undefined],
  ["1234", undefined],
  [" 1 2 ", undefined],
  ["", undefined],
  ["12345\u0000", undefined],
  ["12345\uD800", undefined],
]

for (const [given, asked] of byLength) {
  test(`checked by its length, ${JSON.stringify(given)} is ${asked === undefined ? "none" : `asked for as ${asked}`}`, async () => {
    assert.equal(await mobileToAsk(given, "length"), asked)
  })
}

test("for a number that the rules refuse the result says whether WeCom could be asked all the same", () => {
  for (const number of ["12345", "+852 1234 5678", "０１０－１２３４５"]) {
    assert.equal(whyNoMobile(number), "impossible_mobile", number)
  }
  for (const none of ["", "1234", "0".repeat(33), "分机8001号", "not a number", "1".repeat(1e6)]) {
    assert.equal(whyNoMobile(none), "malformed_mobile")
  }
})
