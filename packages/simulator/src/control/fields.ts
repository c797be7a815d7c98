import { isJsonObject, type JsonObject } from "../json.ts"
import type { BadField } from "./bad-field.ts"

/** Reads the fields of one JSON object and notes every faulty one. */
export class Fields {
  readonly path: string
  readonly #input: JsonObject
  readonly #badFields: BadField[]
  readonly #isObject: boolean

  constructor(input: unknown, path: string, badFields: BadField[]) {
    this.path = path
    this.#badFields = badFields
    this.#isObject = isJsonObject(input)
    this.#input = isJsonObject(input) ? input : {}
    if (!this.#isObject) this.complain("", "must be a JSON object", "必须是 JSON 对象")
  }

  has(name: string): boolean {
    return this.#input[name] !== undefined
  }

  text(name: string): string | undefined {
    const value = this.#input[name]
    if (value === undefined || typeof value === "string") return value
    this.complain(name, "must be a string", "必须是字符串")
    return undefined
  }

  /** A string of at least one character; reports a missing one. */
  neededText(name: string): string {
    const value = this.text(name)
    if (value === undefined) this.complainIfMissing(name)
    if (value === "") this.complain(name, "must not be empty", "不能为空")
    return value ?? ""
  }

  boolean(name: string): boolean | undefined {
    const value = this.#input[name]
    if (value === undefined || typeof value === "boolean") return value
    this.complain(name, "must be true or false", "必须是 true 或 false")
    return undefined
  }

  integer(name: string, min = Number.MIN_SAFE_INTEGER): number | undefined {
    const value = this.#input[name]
    if (value === undefined || isInteger(value, min)) return value
    this.complain(name, ...mustBeInteger(min))
    return undefined
  }

  /** An integer; 0 when it is missing or faulty. */
  neededInteger(name: string, min = Number.MIN_SAFE_INTEGER): number {
    this.complainIfMissing(name)
    return this.integer(name, min) ?? 0
  }

  /** An integer, or `null` for "off". */
  integerOrNull(name: string, min: number): number | null | undefined {
    const value = this.#input[name]
    if (value === undefined || value === null || isInteger(value, min)) return value
    const [en, zh] = mustBeInteger(min)
    this.complain(name, `${en}, or null`, `${zh}，或为 null`)
    return undefined
  }

  neededNumber(name: string, min: number, max: number): number {
    const value = this.#input[name]
    if (typeof value === "number" && value >= min && value <= max) return value
    this.complainIfMissing(name)
    if (value !== undefined)
      this.complain(name, `must be a number from ${min} to ${max}`, `必须是 ${min} 到 ${max} 的数字`)
    return min
  }

  oneOf<const T extends string | number>(name: string, allowed: readonly T[]): T | undefined {
    const value = this.#input[name]
    if (value === undefined) return undefined
    const found = allowed.find((one) => one === value)
    const list = allowed.map((one) => JSON.stringify(one)).join(", ")
    if (found === undefined) this.complain(name, `must be one of ${list}`, `必须是以下之一：${list}`)
    return found
  }

  list(name: string): readonly unknown[] | undefined {
    const value = this.#input[name]
    if (value === undefined) return undefined
    if (Array.isArray(value)) return value
    this.complain(name, "must be an array", "必须是数组")
    return undefined
  }

  texts(name: string): string[] | undefined {
    return this.#listOf(name, (item) => typeof item === "string", "must be a string", "必须是字符串")
  }

  integers(name: string): number[] | undefined {
    return this.#listOf(name, (item) => isInteger(item, 0), ...mustBeInteger(0))
  }

  object(name: string): Fields | undefined {
    return this.has(name) ? new Fields(this.#input[name], this.pathOf(name), this.#badFields) : undefined
  }

  objects(name: string): Fields[] | undefined {
    return this.list(name)?.map((item, index) => new Fields(item, `${this.pathOf(name)}[${index}]`, this.#badFields))
  }

  /** Reports all fields that are not in `known`. */
  refuseOthers(known: ReadonlySet<string>): void {
    for (const name of Object.keys(this.#input)) {
      if (!known.has(name)) this.complain(name, "is not a known field", "不是已知字段")
    }
  }

  complain(name: string, en: string, zh: string): void {
    this.#badFields.push({ path: this.pathOf(name), problem: { en, zh } })
  }

  pathOf(name: string): string {
    if (name === "" || this.path === "") return this.path + name
    return `${this.path}.${name}`
  }

  /** A value that is not an object was reported already, so its missing fields are not. */
  complainIfMissing(name: string): void {
    if (this.#isObject && !this.has(name)) this.complain(name, "is missing", "缺少此字段")
  }

  #listOf<T>(name: string, fits: (item: unknown) => item is T, en: string, zh: string): T[] | undefined {
    return this.list(name)?.filter((item, index): item is T => {
      const good = fits(item)
      if (!good) this.complain(`${name}[${index}]`, en, zh)
      return good
    })
  }
}

function isInteger(value: unknown, min: number): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= min
}

function mustBeInteger(min: number): [en: string, zh: string] {
  if (min === Number.MIN_SAFE_INTEGER) return ["must be an integer", "必须是整数"]
  return [`must be an integer, at least ${min}`, `必须是不小于 ${min} 的整数`]
}
