import assert from "node:assert/strict"
import { test } from "node:test"
import { fc } from "../../../../../../tools/testing/fast-check.ts"
import { lineAt, placeOf, placesIn } from "./json-places.ts"

function linesOf(text: string, ...paths: string[]): number[] {
  const { places } = placesIn(text)
  assert.ok(places)
  return paths.map((path) => lineAt(text, placeOf(path, places)))
}

const ORG = JSON.stringify(
  { corp_id: "ww1", members: [{ userid: "a" }, { userid: "b", departments: [2, 99] }] },
  null,
  2,
)

test("what the simulator complains of is found by its path", () => {
  assert.deepEqual(
    linesOf(ORG, "", "corp_id", "members[0]", "members[1].userid", "members[1].departments[1]"),
    [1, 2, 4, 8, 11],
  )
})

test("what is missing is looked for where it should be", () => {
  assert.deepEqual(linesOf(ORG, "members[0].mobile", "members[1].departments[7]", "apps[0].callback.url"), [4, 9, 1])
})

test("any JSON is read to its end, and every value is where it is said to be", () => {
  fc.assert(
    fc.property(fc.json(), fc.constantFrom(undefined, 2), (json, indent) => {
      const text = JSON.stringify(JSON.parse(json), null, indent)
      const { places } = placesIn(text)
      assert.ok(places)
      assert.equal(placesIn(` ${text}\n`).brokenAt, undefined)
    }),
  )
})

test("what JSON.parse refuses is refused, and what it takes is taken", () => {
  const alphabet = fc.constantFrom("{", "}", "[", "]", ",", ":", '"', "a", "1", "-", ".", "e", "null", " ", "\\", "\n")
  fc.assert(
    fc.property(fc.array(alphabet, { maxLength: 12 }), (parts) => {
      const text = parts.join("")
      let isJson = true
      try {
        JSON.parse(text)
      } catch {
        isJson = false
      }
      assert.equal(placesIn(text).brokenAt === undefined, isJson, text)
    }),
    { numRuns: 3000 },
  )
})

test("a broken text is broken where it stops making sense", () => {
  assert.deepEqual(
    ['{"a":1,}', '{"a" 1}', "[1 2]", '{"a":tru}', "", "{}x", '"a\nb"'].map((text) => placesIn(text).brokenAt),
    [7, 5, 3, 5, 0, 2, 0],
  )
})

test("nesting without end is broken, not a crash", () => {
  assert.equal(typeof placesIn("[".repeat(100_000)).brokenAt, "number")
})
