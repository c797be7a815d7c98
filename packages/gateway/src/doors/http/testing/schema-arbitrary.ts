import { anyText, fc } from "../../../../../../tools/testing/fast-check.ts"

export interface JsonSchema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly items?: JsonSchema
  readonly minItems?: number
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
  readonly minimum?: number
  readonly maximum?: number
  readonly format?: string
}

/** Values that follow a schema closely enough to pass most checks, and values that follow no schema. */
export class SchemaArbitrary {
  readonly #schemas: Readonly<Record<string, JsonSchema>>
  readonly #plausible: Readonly<Record<string, readonly unknown[]>>

  /** @param plausible for names of fields: values that make sense there */
  constructor(schemas: Readonly<Record<string, JsonSchema>>, plausible: Readonly<Record<string, readonly unknown[]>>) {
    this.#schemas = schemas
    this.#plausible = plausible
  }

  /** A value that mostly follows the schema, and is sometimes anything. */
  value(schema: JsonSchema, name = "", depth = 0): fc.Arbitrary<unknown> {
    return fc.oneof({ weight: 40, arbitrary: this.#faithful(schema, name, depth) }, { weight: 1, arbitrary: hostile })
  }

  #faithful(schema: JsonSchema, name: string, depth: number): fc.Arbitrary<unknown> {
    const plausible = this.#plausible[name]
    if (plausible !== undefined) return fc.constantFrom(...plausible)
    if (schema.$ref !== undefined) return this.#faithful(this.#resolve(schema.$ref), name, depth)
    if (schema.const !== undefined) return fc.constant(schema.const)
    if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
    const options = schema.anyOf ?? schema.oneOf
    if (options !== undefined) return fc.oneof(...options.map((option) => this.value(option, name, depth + 1)))
    switch (typeof schema.type === "string" ? schema.type : schema.type?.[0]) {
      case "object":
        return this.#object(schema, depth)
      case "array":
        return fc.array(this.value(schema.items ?? {}, name.replace(/s$/, ""), depth + 1), {
          minLength: schema.minItems ?? 0,
          maxLength: Math.max(schema.minItems ?? 0, 4),
        })
      case "integer":
      case "number":
        return fc.integer({ min: Math.max(schema.minimum ?? 0, -5), max: Math.min(schema.maximum ?? 5000, 20_000) })
      case "boolean":
        return fc.boolean()
      case "null":
        return fc.constant(null)
      case "string":
        return schema.format === "date-time" ? time : text
      case undefined:
      default:
        return depth > 2 ? fc.constant(1) : anything
    }
  }

  #object({ properties = {}, required = [] }: JsonSchema, depth: number): fc.Arbitrary<unknown> {
    const model = Object.fromEntries(
      Object.entries(properties).map(([name, schema]) => [name, this.value(schema, name, depth + 1)]),
    )
    const whole = fc.record(model, { requiredKeys: Object.keys(model).filter((name) => required.includes(name)) })
    return fc.oneof(
      { weight: 20, arbitrary: fewOptional(fc.record(model), required, properties) },
      { weight: 4, arbitrary: whole },
      { weight: 1, arbitrary: fc.record(model, { requiredKeys: [] }) },
      { weight: 1, arbitrary: withExtra(whole) },
    )
  }

  #resolve(reference: string): JsonSchema {
    const schema = this.#schemas[reference.slice(reference.lastIndexOf("/") + 1)]
    if (schema === undefined) throw new Error(`${reference} leads nowhere`)
    return schema
  }
}

/** Required fields and only a few others; of the payloads of a message only the one that its type names. */
function fewOptional(
  whole: fc.Arbitrary<object>,
  required: readonly string[],
  { msgtype }: Readonly<Record<string, JsonSchema>>,
): fc.Arbitrary<object> {
  const payloads = new Set(msgtype?.enum)
  return fc.tuple(whole, fc.nat()).map(([value, seed]) => {
    const chosen = "msgtype" in value ? value.msgtype : undefined
    const entries = Object.entries(value).filter(([name], index) => {
      // A message has recipients, except for those of group robots.
      if (required.includes(name) || name === chosen || name === "to") return true
      return !payloads.has(name) && ((seed >> (index % 20)) & 7) === 7
    })
    return Object.fromEntries(entries.length === 0 ? Object.entries(value).slice(0, 1) : entries)
  })
}

function withExtra(whole: fc.Arbitrary<object>): fc.Arbitrary<object> {
  return fc
    .tuple(whole, fc.constantFrom("__proto__", "constructor", "id", "state", "toString", "", "a\u0000b"), hostile)
    .map(([value, name, extra]) => Object.fromEntries([...Object.entries(value), [name, extra]]))
}

const text = fc.oneof(
  { weight: 8, arbitrary: fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }) },
  { weight: 1, arbitrary: anyText({ maxLength: 20 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "zhangsan",
      "13800000001",
      "a@example.com",
      "'; drop table messages; --",
      "{{7*7}}",
      "../../etc",
      "@all",
    ),
  },
)

const time = fc.oneof(
  fc
    .date({ min: new Date("2020-01-01"), max: new Date("2040-01-01"), noInvalidDate: true })
    .map((at) => at.toISOString()),
  fc.integer({ min: -1000, max: 400_000_000 }).map((ahead) => new Date(Date.now() + ahead).toISOString()),
  fc.constantFrom("2026-02-30T00:00:00Z", "2026-12-01T09:00:00", "now", ""),
)

const deep = (depth: number): unknown => Array.from({ length: depth }).reduce((inner: unknown) => [inner], 1)

const hostile: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    0,
    -1,
    1.5,
    1e308,
    "",
    [],
    {},
    [[]],
    "\u0000",
    "\ud800",
    "x".repeat(70_000),
  ),
  fc.constantFrom(deep(20), deep(40), { __proto__: null, a: 1 }, [null], ["a", 1, {}]),
  anyText({ maxLength: 30 }),
  fc.double(),
  fc.jsonValue({ maxDepth: 3 }),
)

const anything = fc.oneof(fc.jsonValue({ maxDepth: 2 }), hostile)
