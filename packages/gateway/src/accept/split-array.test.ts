import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { fc } from "../../../../tools/testing/fast-check.ts"
import { Problem } from "../problems/problem.ts"
import { Breath } from "./breath.ts"
import { readArray } from "./read-array.ts"
import { readJson } from "./read-json.ts"
import { readGroup, splitArray } from "./split-array.ts"

async function itemsOf(bytes: Uint8Array): Promise<unknown> {
  try {
    const groups = await splitArray(bytes, new Breath(1000))
    return groups.flatMap((group) => readGroup(bytes, group))
  } catch (error) {
    return told(error)
  }
}

function expectedOf(bytes: Uint8Array): unknown {
  try {
    return readArray(readJson(bytes))
  } catch (error) {
    return told(error)
  }
}

function told(error: unknown): unknown {
  assert.ok(error instanceof Problem, String(error))
  return { code: error.code, detail: error.detail?.en, path: error.errors[0]?.path }
}

// proves 28.D2: bodies of millions of names
test("a batch has the items that its JSON has", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.jsonValue({ maxDepth: 3 })), fc.constantFrom(0, 2), async (items, space) => {
      const bytes = Buffer.from(JSON.stringify(items, undefined, space))
      assert.deepEqual(await itemsOf(bytes), expectedOf(bytes))
    }),
  )
})

// proves 28.D2: bodies of millions of names
test("with any byte changed it is refused as any JSON", async () => {
  const good = Buffer.from(' [{"to":{"users":["a","中"]}},[1,[2]], "x\\"]", -1.5 ,null] ')
  for (let place = 0; place < good.length; place++) {
    for (const byte of Buffer.from('[]{}",:\\ 0a')) {
      const changed = Buffer.from(good)
      changed[place] = byte
      const [found, expected] = [await itemsOf(changed), expectedOf(changed)]
      const isRead = Array.isArray(expected)
      assert.equal(Array.isArray(found), isRead, changed.toString())
      if (isRead) assert.deepEqual(found, expected)
    }
  }
})

suite("a comma too many between two groups is one", () => {
  for (const count of [1, 127, 128, 129, 256]) {
    test(`of ${count} items`, async () => {
      const items = Array.from({ length: count }, (_, n) => `{"n":${n}}`)
      const good = Buffer.from(`[${items.join(",")}]`)
      assert.deepEqual(await itemsOf(good), expectedOf(good))
      for (const at of [0, 1, 127, 128, count]) {
        if (at > count) continue
        const broken = Buffer.from(`[${[items.slice(0, at).join(","), items.slice(at).join(",")].join(",,")}]`)
        assert.equal(Object(await itemsOf(broken)).code, "invalid_json", String(at))
      }
    })
  }
})

test("what is no array, an empty one, and what comes behind it are reported as of a small batch", async () => {
  for (const text of [
    "",
    " ",
    "{}",
    '"x"',
    "5",
    "[]",
    "[ ]",
    "[] x",
    "[1] x",
    "[1]]",
    "[1",
    "[1,",
    "[1}",
    "x",
    '["\\u0000"]',
  ]) {
    const bytes = Buffer.from(text)
    assert.equal(Object(await itemsOf(bytes)).code, Object(expectedOf(bytes)).code, text)
  }
})

const long = (mobiles: string): string => `{"to":{"mobiles":[${mobiles}]}}`

test("a large item is read as the body of a message is; a mistake in it concerns the whole only where it is no JSON", async () => {
  const list = Array.from({ length: 30_000 }, (_, n) => `"${13_800_000_000 + n}"`).join(",")
  const groups = await splitArray(Buffer.from(`[{},${long(list)},{}]`), new Breath(1000))
  assert.deepEqual(
    groups.map(({ count }) => count),
    [1, 1, 1],
  )
  const nested = await splitArray(Buffer.from(`[{},${long(`${list},{}`)},{}]`), new Breath(1000))
  assert.equal(nested.length, 3, "that one is refused when its turn comes")
  const broken = Buffer.from(`[{},\n${long(`${list} 5,"1"`)},{}]`)
  assert.deepEqual(Object(await itemsOf(broken)).code, "invalid_json")
  assert.match(Object(await itemsOf(broken)).detail, /line 2, column 42\d{4}/)
})
