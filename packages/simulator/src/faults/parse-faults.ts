import type { Bilingual } from "@wecom-push/protocol"
import { FAULT_KINDS, type FaultKind, type PlannedFault } from "./planned-fault.ts"

/** One field of a posted fault that cannot be used. */
export interface BadField {
  /** As in `[1].times`; a single posted object has paths without index. */
  readonly path: string
  readonly problem: Bilingual
}

/** Reads what `POST /_sim/faults` takes: one fault or a list. Reports every bad field of every fault. */
export function parseFaults(input: unknown): { faults: PlannedFault[]; badFields: BadField[] } {
  const badFields: BadField[] = []
  const items = Array.isArray(input) ? input : [input]
  const faults = items.map((item, index) => parseFault(item, Array.isArray(input) ? `[${index}]` : "", badFields))
  return { faults: faults.filter((fault) => fault !== undefined), badFields }
}

/** The fault in the form in which it was posted, with the counts that remain. */
export function faultToJson(fault: PlannedFault): Record<string, unknown> {
  const { delayMs: delay_ms, bodyBase64: body_base64, ...sameNames } = fault
  return { ...sameNames, delay_ms, body_base64 }
}

const FIELDS_OF_EVERY_KIND = ["path", "kind", "times", "after", "match", "delay_ms"]

/** What a kind takes besides. */
const FIELDS: Readonly<Record<FaultKind, { readonly needs: readonly string[]; readonly may: readonly string[] }>> = {
  errcode: { needs: ["errcode"], may: ["body", "acts"] },
  http_status: { needs: ["status"], may: ["body", "bytes", "acts"] },
  html: { needs: [], may: ["status", "body", "bytes", "acts"] },
  raw: { needs: [], may: ["body", "body_base64", "acts"] },
  reset_before: { needs: [], may: [] },
  reset_after: { needs: [], may: [] },
  hang_before: { needs: [], may: [] },
  hang_after: { needs: [], may: [] },
  slow: { needs: ["delay_ms"], may: [] },
  drip: { needs: ["delay_ms"], may: [] },
  truncate: { needs: ["bytes"], may: [] },
}

// The longest wait of Node's timers: a longer one fires at once.
const MAX_DELAY_MS = 2 ** 31 - 1

function parseFault(input: unknown, prefix: string, badFields: BadField[]): PlannedFault | undefined {
  const fields = new Fields(input, prefix, badFields)
  const kind = fields.kind()
  const fault = {
    path: fields.text("path")?.replace(/^\/?(cgi-bin\/)?/, ""),
    kind,
    times: fields.integer("times", 1) ?? 1,
    after: fields.integer("after", 0) ?? 0,
    match: fields.text("match"),
    errcode: fields.integer("errcode", Number.MIN_SAFE_INTEGER),
    status: fields.integer("status", 200, 599),
    bytes: fields.integer("bytes", 0),
    delayMs: fields.integer("delay_ms", 0, MAX_DELAY_MS),
    body: fields.body(kind),
    bodyBase64: fields.base64("body_base64"),
    acts: fields.boolean("acts"),
  }
  fields.check(kind)
  const { path } = fault
  return fields.bad || path === undefined || kind === undefined ? undefined : { ...fault, path, kind }
}

/** Reads the fields of one posted fault and notes those that are not what they should be. */
class Fields {
  readonly #input: Readonly<Record<string, unknown>>
  readonly #prefix: string
  readonly #badFields: BadField[]
  bad = false

  constructor(input: unknown, prefix: string, badFields: BadField[]) {
    this.#prefix = prefix
    this.#badFields = badFields
    this.#input = isRecord(input) ? input : {}
    if (!isRecord(input)) this.#complain("", "must be a JSON object", "必须是 JSON 对象")
  }

  text(name: string): string | undefined {
    const value = this.#input[name]
    if (value === undefined || (typeof value === "string" && value !== "")) return value
    this.#complain(name, "must be a string that is not empty", "必须是非空字符串")
    return undefined
  }

  integer(name: string, min: number, max = Number.MAX_SAFE_INTEGER): number | undefined {
    const value = this.#input[name]
    if (value === undefined) return undefined
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= min && value <= max) return value
    if (min === Number.MIN_SAFE_INTEGER) this.#complain(name, "must be an integer", "必须是整数")
    else if (max === Number.MAX_SAFE_INTEGER) {
      this.#complain(name, `must be an integer, at least ${min}`, `必须是不小于 ${min} 的整数`)
    } else this.#complain(name, `must be an integer from ${min} to ${max}`, `必须是 ${min} 到 ${max} 的整数`)
    return undefined
  }

  boolean(name: string): boolean | undefined {
    const value = this.#input[name]
    if (value === undefined || typeof value === "boolean") return value
    this.#complain(name, "must be true or false", "必须是 true 或 false")
    return undefined
  }

  base64(name: string): string | undefined {
    const value = this.text(name)
    if (value === undefined || Buffer.from(value, "base64").toString("base64") === value) return value
    this.#complain(name, "must be Base64 with its padding", "必须是带填充的 Base64")
    return undefined
  }

  kind(): FaultKind | undefined {
    const value = this.#input["kind"]
    const kind = FAULT_KINDS.find((known) => known === value)
    if (kind === undefined && value !== undefined) {
      const known = FAULT_KINDS.join(", ")
      this.#complain("kind", `must be one of ${known}`, `必须是以下之一：${known}`)
    }
    return kind
  }

  body(kind: FaultKind | undefined): unknown {
    const value = this.#input["body"]
    if (kind === "raw") return this.text("body")
    if (kind === "errcode" && value !== undefined && !isRecord(value)) {
      this.#complain("body", "must be a JSON object; its members join the answer", "必须是 JSON 对象，其成员会并入应答")
    }
    return value
  }

  /** Names what is missing and what has no meaning here. */
  check(kind: FaultKind | undefined): void {
    const needs = ["path", "kind", ...(kind === undefined ? [] : FIELDS[kind].needs)]
    for (const name of needs) if (this.#input[name] === undefined) this.#complain(name, "is missing", "缺少此字段")

    const taken = kind === undefined ? Object.values(FIELDS) : [FIELDS[kind]]
    const known = new Set([...FIELDS_OF_EVERY_KIND, ...taken.flatMap(({ needs, may }) => [...needs, ...may])])
    for (const name of Object.keys(this.#input)) {
      if (!known.has(name)) this.#complain(name, "has no meaning for this kind", "对该 kind 没有意义")
    }
  }

  #complain(name: string, en: string, zh: string): void {
    this.bad = true
    const path = this.#prefix !== "" && name !== "" ? `${this.#prefix}.${name}` : `${this.#prefix}${name}`
    this.#badFields.push({ path, problem: { en, zh } })
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}
