import assert from "node:assert/strict"
import test, { suite } from "node:test"
import { fc } from "../../../tools/testing/fast-check.ts"
import { checkCardUpdate } from "./check-card-update.ts"
import { checkDuplicateCheck } from "./check-duplicate-check.ts"
import { checkMessage } from "./check-message.ts"
import { describeFault } from "./describe-fault.ts"
import type { Fault } from "./fault.ts"
import { CARD_TYPES } from "./template-card.ts"
import { MESSAGE_TYPES } from "./message.ts"
import { fullestCards, smallestCards } from "./testing/example-cards.ts"
import { fullest } from "./testing/example-messages.ts"
import { withValue } from "./testing/with-value.ts"

const anything = fc.anything({
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withObjectString: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
  withUnicodeString: true,
} as fc.ObjectConstraints)

const examples: readonly unknown[] = [
  ...Object.values(fullest),
  ...Object.values(fullestCards).map((template_card) => ({ msgtype: "template_card", template_card })),
]

/** Every place of every example, as a path `withValue` takes. */
const places = examples.flatMap((example) => pathsOf(example, "").map((path) => ({ example, path })))

/** Without a value in this place the list has a hole. */
const aHole = {
  example: { msgtype: "template_card", template_card: fullestCards.multiple_interaction },
  path: "template_card.select_list[0].option_list[0]",
}

suite("no check ever throws, and each fault can be described", () => {
  test("given anything at all", () => {
    fc.assert(fc.property(anything, (value) => inspectFaults(value)))
  })

  // proves 10.4: tests that end
  test("given anything in any place of a real message", () => {
    fc.assert(
      fc.property(fc.constantFrom(...places), anything, ({ example, path }, value) =>
        inspectFaults(withValue(example, path, value)),
      ),
      { numRuns: 1000, examples: [[aHole, undefined]] },
    )
  })

  test("given any JSON for a payload or a card", () => {
    const type = fc.constantFrom(...MESSAGE_TYPES, "__proto__", "constructor")
    const card_type = fc.constantFrom(...CARD_TYPES, "__proto__")
    fc.assert(
      fc.property(type, card_type, fc.jsonValue(), (msgtype, card_type, json) => {
        inspectFaults({ msgtype, [msgtype]: json })
        inspectFaults({ msgtype: "template_card", template_card: { ...spread(json), card_type } })
        inspectFaults({ template_card: { ...spread(json), card_type } })
      }),
    )
  })
})

test("text within its limits has no error, whatever it says", () => {
  const content = fc.string({ unit: "grapheme", minLength: 1, maxLength: 400 })
  fc.assert(
    fc.property(content, (text) => {
      fc.pre(Buffer.byteLength(text) <= 2048 && !text.includes("\0"))
      assert.deepEqual(checkMessage({ msgtype: "text", text: { content: text } }), [])
      assert.deepEqual(checkMessage({ msgtype: "markdown", markdown: { content: text } }), [])
    }),
  )
})

test("text is judged by its UTF-8 bytes", () => {
  const near = fc.tuple(
    fc.integer({ min: 0, max: 2060 }),
    fc.constantFrom("é", "你", "😀"),
    fc.integer({ min: 0, max: 520 }),
  )
  fc.assert(
    fc.property(near, ([ascii, wide, count]) => {
      const content = "x".repeat(ascii) + wide.repeat(count)
      fc.pre(content !== "")
      const bytes = Buffer.byteLength(content)
      const [fault] = checkMessage({ msgtype: "text", text: { content } })
      assert.equal(fault?.actual, bytes > 2048 ? bytes : undefined)
    }),
  )
})

test("a card made of parts within their limits has no error", () => {
  const key = fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 200 })
  const text = fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 10 })
  const url = fc.webUrl({ validSchemes: ["http", "https"] })
  const button = fc.oneof(
    fc.record({ text, key, style: fc.constantFrom(1, 2, 3, 4) }, { requiredKeys: ["text", "key"] }),
    fc.record({ type: fc.constant(1), text, url }),
  )
  const option = fc.record({ id: fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 128 }), text })
  const card = fc.record(
    {
      card_type: fc.constant("button_interaction"),
      task_id: fc.stringMatching(/^[\w@-]{1,128}$/),
      main_title: fc.record({ title: text, desc: text }, { requiredKeys: ["title"] }),
      button_list: fc.uniqueArray(button, { minLength: 1, maxLength: 6, selector: uniqueKey }),
      button_selection: fc.record({
        question_key: key,
        option_list: fc.uniqueArray(option, { minLength: 1, maxLength: 10, selector: ({ id }) => id }),
      }),
      horizontal_content_list: fc.array(fc.record({ keyname: text, value: text }), { maxLength: 6 }),
    },
    { requiredKeys: ["card_type", "task_id", "main_title", "button_list"] },
  )
  fc.assert(
    fc.property(card, (template_card) => {
      const faults = checkMessage({ msgtype: "template_card", template_card })
      assert.deepEqual(
        faults.filter((fault) => fault.severity === "error"),
        [],
      )
    }),
  )
})

test("one place made wrong is one place reported", () => {
  fc.assert(
    fc.property(fc.constantFrom(...places), ({ example, path }) => {
      // A type says what its siblings must be, and of an empty pair neither half is looked at.
      fc.pre(!path.endsWith("type") && !path.includes("content_item[1]"))
      const faults = checkMessage(withValue(example, path, Symbol("no JSON value")))
      assert.deepEqual([...new Set(faults.map((fault) => fault.path))], [path])
    }),
    { numRuns: 500 },
  )
})

test("two faults in different fields are both reported", () => {
  const card = smallestCards.vote_interaction
  const pairs = pathsOf(card, "").filter((path) => !path.endsWith("card_type"))
  fc.assert(
    fc.property(fc.uniqueArray(fc.constantFrom(...pairs), { minLength: 2, maxLength: 2 }), ([one = "", two = ""]) => {
      fc.pre(!one.startsWith(two) && !two.startsWith(one))
      const broken = withValue(withValue(card, one, null), two, null)
      const found = checkMessage({ msgtype: "template_card", template_card: broken }).map((fault) => fault.path)
      assert.deepEqual(found.sort(), [`template_card.${one}`, `template_card.${two}`].sort())
    }),
  )
})

function inspectFaults(value: unknown): void {
  const faults: Fault[] = [
    ...checkMessage(value),
    ...checkCardUpdate(value),
    ...checkCardUpdate(value, { complete: true }),
    ...checkDuplicateCheck(value),
  ]
  for (const fault of faults) {
    const named = { ...fault, path: "field", ...(fault.allowed && { allowed: [0, 1] }) }
    for (const language of ["en", "zh"] as const) assert.doesNotMatch(describeFault(named, language), /undefined|null/)
  }
}

function pathsOf(value: unknown, path: string): string[] {
  if (typeof value !== "object" || value === null) return [path]
  const inside = Array.isArray(value)
    ? value.flatMap((item: unknown, index) => pathsOf(item, `${path}[${index}]`))
    : Object.entries(value).flatMap(([name, member]) => pathsOf(member, path === "" ? name : `${path}.${name}`))
  return path === "" ? inside : [path, ...inside]
}

function spread(json: unknown): object {
  return typeof json === "object" && json !== null ? json : {}
}

function uniqueKey(button: { readonly key?: string; readonly url?: string }): string {
  return button.key ?? `url ${button.url}`
}
