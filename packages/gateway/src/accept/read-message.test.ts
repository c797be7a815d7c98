import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { fc } from "../../../../tools/testing/fast-check.ts"
import { Problem } from "../problems/problem.ts"
import { LongList } from "./long-list.ts"
import { prepareMessage } from "./prepare.ts"
import type { PreparedMessage } from "./prepare.ts"
import { readJson } from "./read-json.ts"
import { readMessage } from "./read-message.ts"

/** The same value with each `LongList` as an array. */
function whole(value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("to" in value)) return value
  const { to } = value
  if (typeof to !== "object" || to === null || Array.isArray(to)) return value
  for (const [name, list] of Object.entries(to)) {
    if (!(list instanceof LongList)) continue
    const items = [...list.pieces()].flatMap(({ items: some }) => some)
    assert.equal(items.length, list.length)
    Object.defineProperty(to, name, { value: items, enumerable: true, configurable: true, writable: true })
  }
  return value
}

function outcome(read: () => unknown): unknown {
  try {
    return { value: read() }
  } catch (error) {
    assert.ok(error instanceof Problem, String(error))
    const { code, detail } = error
    return { code, detail: detail?.en }
  }
}

function assertReadAlike(text: string | Uint8Array): void {
  const bytes = Buffer.from(text)
  assert.deepEqual(
    outcome(() => whole(readMessage(bytes))),
    outcome(() => readJson(bytes)),
    bytes.toString().slice(0, 300),
  )
}

const address = fc.oneof(fc.string(), fc.integer(), fc.constantFrom("13800000001", 'a,]}"\\', "中文", true, null, 1.5))
const audience = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.dictionary(fc.constantFrom("users", "mobiles", "to", "x", "__proto__"), fc.array(address)),
  },
  fc.jsonValue({ maxDepth: 2 }),
)
const message = fc.record({ to: audience, text: fc.jsonValue({ maxDepth: 3 }) }, { requiredKeys: [] })
/** Whether all lists hold only addresses: any other item is refused before the whole body is read. */
const hasPlainLists = (value: unknown): boolean =>
  typeof value !== "object" ||
  value === null ||
  !Object.values(value).some(
    (list) => Array.isArray(list) && list.some((item) => typeof item === "object" && item !== null),
  )

// proves 28.D2: bodies of millions of names
test("the body of a message is read as any JSON, its lists piece by piece", () => {
  fc.assert(
    fc.property(fc.oneof(message, fc.jsonValue({ maxDepth: 3 })), fc.constantFrom(0, 1, 4), (value, space) => {
      const to = typeof value === "object" && value !== null ? Reflect.get(value, "to") : undefined
      fc.pre(hasPlainLists(to))
      assertReadAlike(JSON.stringify(value, undefined, space))
    }),
  )
})

// proves 28.D2: bodies of millions of names
test("with any byte changed it is refused as any JSON, at the same place", () => {
  const start =
    '{"to":{"users":["a","b"],"mobiles":["中\\n","1",2 , true],"tags":[],"x":{"to":[1]}},"text":{"to":["c"]}}'
  const good = Buffer.from(start)
  for (let place = 0; place < good.length; place++) {
    for (const byte of Buffer.from('[]{}",:\\ \n\u00010a')) {
      const changed = Buffer.from(good)
      changed[place] = byte
      const text = changed.toString()
      const read = outcome(() => whole(readMessage(changed)))
      const expected = outcome(() => readJson(changed))
      // An array or object in a list ends the reading, whatever comes after it.
      if (/"(?:wrong_type|unknown_field)"/.test(JSON.stringify(read))) continue
      // If there are two mistakes, either may be reported.
      assert.deepEqual(codeIn(read), codeIn(expected), text)
    }
  }
})

function codeIn(found: unknown): unknown {
  return typeof found === "object" && found !== null && "code" in found ? found.code : found
}

test("a name counts by what it says, and of two that are equal the last", () => {
  for (const text of [
    '{"t\\u006f":{"users":["a","b"]}}',
    '{"to":{"users":["a"]},"to":{"users":["b","c"]}}',
    '{"to":{"users":["a"],"users":["b","c"]}}',
    '{"to":{"users":["a"]},"to":5}',
    '{"to":[["a"]],"x":{"to":{"users":["a"]}}}',
    '[{"to":{"users":["a"]}}]',
    '\uFEFF{"to":{"users":["a"]}}',
  ]) {
    assertReadAlike(text)
  }
})

const bodyOf = (list: string): string => `{"to":{"mobiles":[${list}]}}`

suite("a comma too many is one wherever it is, at the border of two pieces too", () => {
  for (const count of [1, 999, 1000, 1001, 2000]) {
    test(`in a list of ${count}`, () => {
      const items = Array.from({ length: count }, (_, n) => `"${n}"`)
      assertReadAlike(bodyOf(items.join(",")))
      for (const at of [0, 1, 999, 1000, count]) {
        if (at > count) continue
        const broken = [items.slice(0, at).join(","), items.slice(at).join(",")].join(",,")
        assert.deepEqual(
          codeIn(outcome(() => whole(readMessage(Buffer.from(bodyOf(broken)))))),
          "invalid_json",
          String(at),
        )
      }
    })
  }
})

test("where a list breaks off is reported by line and column of the body", () => {
  const items = Array.from({ length: 1500 }, (_, n) => `"中${n}"`).join(",\n")
  assertReadAlike(`{"to":{\n"mobiles":[${items.replace('"中1200"', '"中1200" 5')}]}}`)
  assertReadAlike(`{"to":{\n"mobiles":[${items}]},\n "text": tru}`)
})

test("NUL and half a character in a list are refused with their path", () => {
  const items = Array.from({ length: 1500 }, (_, n) => `"${n}"`)
  items[1234] = '"a\\u0000"'
  assertReadAlike(`{"to":{"mobiles":[${items.join(",")}]}}`)
})

// proves 28.D2: bodies of millions of names
test("an array or an object in a list is refused where it is, before anything is built", () => {
  for (const [list, item, code, path] of [
    ["mobiles", "{}", "wrong_type", "/to/mobiles/1"],
    ["tags", "[[[]]]", "wrong_type", "/to/tags/1"],
    ["phones", "[1]", "unknown_field", "/to/phones"],
  ] as const) {
    const body = `{"to":{"${list}":["a",${item}${',{"a":1}'.repeat(100_000)}]}}`
    assert.throws(
      () => readMessage(Buffer.from(body)),
      (error) => error instanceof Problem && error.code === code && error.errors[0]?.path === path,
    )
  }
})

// proves 28.D2: bodies of millions of names
test("beside its lists a message holds at most 10,000 values and 16 MiB", () => {
  const values = `{"to":{"users":["a"]},"x":[${"1,".repeat(10_000)}1]}`
  assert.equal(codeIn(outcome(() => readMessage(Buffer.from(values)))), "too_many_values")
  const text = `{"to":{"users":["a"]},"x":"${"x".repeat(16 * 1024 * 1024)}"}`
  assert.equal(codeIn(outcome(() => readMessage(Buffer.from(text)))), "body_too_large")
})

const OPTIONS = { now: Date.parse("2026-11-25T12:00:00Z"), idempotencyKey: "k", inBatch: false }

/** All fields of the prepared message; its chunks as they are after they were stored and read. */
async function prepared(body: unknown): Promise<unknown> {
  try {
    const { chunks, ...rest }: PreparedMessage = await prepareMessage(body, OPTIONS)
    return { ...rest, chunks: structuredClone([...chunks]) }
  } catch (error) {
    assert.ok(error instanceof Problem, String(error))
    return { code: error.code, errors: error.errors, more: error.moreErrors }
  }
}

const many = (count: number, item: (n: number) => unknown): unknown[] =>
  Array.from({ length: count }, (_, n) => item(n))
const mobile = (n: number): string => String(13_800_000_000 + n)

suite("what is made of it is the same, whichever way it was read", () => {
  const cases: Readonly<Record<string, object>> = {
    "mobiles, malformed ones among them": {
      mobiles: many(2500, (n) => (n % 700 === 3 ? "中文" : n % 500 === 1 ? "12345" : mobile(n))),
    },
    "all lists, in whatever order": {
      tags: [3, 4],
      emails: ["a@example.com", "no address"],
      departments: [2],
      mobiles: many(1999, (n) => `+86 ${mobile(n)}`),
      users: ["ZhangSan", "a b"],
    },
    "a full chunk": { users: many(1000, (n) => `u${n}`) },
    "an empty list beside": { users: [], mobiles: many(3, mobile) },
    everybody: { all: true },
    "everybody, and a user": { all: true, users: ["a"] },
    "no recipient": { users: [] },
    "a list that there is not": { phone: ["1"], users: ["a"] },
    "items of the wrong type": { mobiles: many(150, (n) => n), users: ["a"], tags: ["1"] },
    "more faults than are reported": { mobiles: many(3000, () => 5) },
    "a bar in a userid": { users: ["a|b", "@all", "c"] },
    "an address of thousands of characters": { users: ["a"], mobiles: ["1".repeat(1001)] },
    "an address of a thousand characters": { users: ["a".repeat(1000)] },
  }
  for (const [name, to] of Object.entries(cases)) {
    test(name, async () => {
      const bytes = Buffer.from(JSON.stringify({ to, msgtype: "text", text: { content: "你好" } }))
      const [long, plain] = [await prepared(readMessage(bytes)), await prepared(readJson(bytes))]
      if (name !== "more faults than are reported") assert.deepEqual(long, plain)
      else assert.deepEqual(Object(long).more, 2900, "all of them are counted")
    })
  }
})
