import type { FaultKind } from "../../../../src/faults/planned-fault.ts"
import type { Problem } from "../control.ts"

/** The fields of the form that only some kinds take. */
export type EffectField = "errcode" | "status" | "bytes" | "delay_ms" | "body" | "acts"

/** Those a kind takes, in the order in which they are asked for. */
export const FIELDS_OF: Readonly<Record<FaultKind, readonly EffectField[]>> = {
  errcode: ["errcode", "delay_ms", "body", "acts"],
  http_status: ["status", "bytes", "delay_ms", "body", "acts"],
  html: ["status", "bytes", "delay_ms", "body", "acts"],
  reset_before: ["delay_ms"],
  reset_after: ["delay_ms"],
  hang_before: ["delay_ms"],
  hang_after: ["delay_ms"],
  slow: ["delay_ms"],
  drip: ["delay_ms"],
  truncate: ["bytes", "delay_ms"],
  raw: ["delay_ms", "body", "acts"],
}

export const KINDS = Object.keys(FIELDS_OF).filter((kind): kind is FaultKind => kind in FIELDS_OF)

/** The field without which a kind means nothing. */
export const NEEDED: Readonly<Partial<Record<FaultKind, EffectField>>> = {
  errcode: "errcode",
  http_status: "status",
  slow: "delay_ms",
  drip: "delay_ms",
  truncate: "bytes",
}

/** The content of the form. Fields that a kind does not take stay there for when another kind needs them. */
export interface FaultEntries {
  readonly path: string
  readonly kind: FaultKind
  readonly times: string
  readonly after: string
  readonly match: string
  readonly errcode: string
  readonly status: string
  readonly bytes: string
  readonly delay_ms: string
  readonly body: string
  readonly acts: boolean
}

/** The fault as it is posted, or the problems for which none can be made. All other checks are the simulator's. */
export function faultOf(entries: FaultEntries): { readonly fault: object; readonly problems: readonly Problem[] } {
  const { path, kind } = entries
  const fault: Record<string, unknown> = { path: path.trim(), kind }
  const problems: Problem[] = []
  for (const name of ["times", "after"] as const) if (entries[name].trim() !== "") fault[name] = asNumber(entries[name])
  if (entries.match !== "") fault["match"] = entries.match
  for (const name of FIELDS_OF[kind]) {
    if (name === "acts") {
      if (entries.acts) fault[name] = true
    } else if (name !== "body") {
      if (entries[name].trim() !== "") fault[name] = asNumber(entries[name])
    } else if (entries.body !== "") {
      const body = kind === "errcode" ? parsed(entries.body) : entries.body
      if (body === undefined) problems.push({ path: "body", detail: NO_JSON })
      else fault[name] = body
    }
  }
  return { fault, problems }
}

const NO_JSON = {
  en: 'must be a JSON object, as in {"msgid":"x"}: its members join the answer',
  zh: '必须是 JSON 对象，例如 {"msgid":"x"}，其成员会并入应答',
}

/** A text that is no number stays as it is, and the simulator says so at the field. */
export function asNumber(text: string): number | string {
  const trimmed = text.trim()
  return /^-?\d+(?:\.\d+)?$/.test(trimmed) ? Number(trimmed) : trimmed
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
