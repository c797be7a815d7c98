import { FRAME_COMMANDS } from "../bots/frame.ts"
import type { BadField } from "../control/bad-field.ts"
import { Fields } from "../control/fields.ts"
import { isJsonObject, type JsonObject } from "../json.ts"
import type { Fault } from "./fault.ts"
import { FAULT_KINDS, type FaultEffect, type FaultKind, type PlannedFault, type Substitute } from "./planned-fault.ts"

/** Reads what `POST /_sim/faults` takes: one fault or a list. Reports every bad field of every fault. */
export function parseFaults(input: unknown): { faults: PlannedFault[]; badFields: BadField[] } {
  const badFields: BadField[] = []
  const items: unknown[] = Array.isArray(input) ? input : [input]
  const faults = items.map((item, index) => parseFault(item, Array.isArray(input) ? `[${index}]` : "", badFields))
  return { faults: faults.filter((fault) => fault !== undefined), badFields }
}

/** The fault in the form in which it was posted, with the counts that remain. */
export function faultToJson(fault: PlannedFault): Fault {
  if (isLate(fault)) {
    const { delayMs, ...sameNames } = fault
    return { ...sameNames, delay_ms: delayMs }
  }
  const { delayMs: delay_ms, ...sameNames } = fault
  if (sameNames.kind !== "raw") return { ...sameNames, delay_ms }
  return { ...sameNames, delay_ms, body: undefined, body_base64: Buffer.from(sameNames.body).toString("base64") }
}

function isLate(fault: PlannedFault): fault is Extract<PlannedFault, { readonly delayMs: number }> {
  return fault.kind === "slow" || fault.kind === "drip"
}

const AIM_FIELDS = ["path", "kind", "times", "after", "match", "delay_ms"]

/** The fields a kind takes besides those of its aim. */
const EFFECT_FIELDS: Readonly<Record<FaultKind, readonly string[]>> = {
  errcode: ["errcode", "body", "acts"],
  http_status: ["status", "body", "bytes", "acts"],
  html: ["status", "body", "bytes", "acts"],
  raw: ["body", "body_base64", "acts"],
  reset_before: [],
  reset_after: [],
  hang_before: [],
  hang_after: [],
  slow: [],
  drip: [],
  truncate: ["bytes"],
}

// The longest wait of Node's timers: a longer one fires at once.
const MAX_DELAY_MS = 2 ** 31 - 1

function parseFault(input: unknown, path: string, badFields: BadField[]): PlannedFault | undefined {
  const faultless = badFields.length
  const fields = new Fields(input, path, badFields)
  const aim = {
    path: fields.neededText("path").replace(/^\/?(cgi-bin\/|_bot\/)?/, ""),
    times: fields.integer("times", 1) ?? 1,
    after: fields.integer("after", 0) ?? 0,
    match: fields.text("match"),
    delayMs: readRange(fields, "delay_ms", 0, MAX_DELAY_MS),
  }
  fields.complainIfMissing("kind")
  const kind = fields.oneOf("kind", FAULT_KINDS)
  if (kind === undefined) return undefined
  if (isFrame(aim.path) && NO_FRAME.has(kind)) {
    fields.complain("kind", `${kind} means nothing to a frame`, `${kind} 对长连接的帧没有意义`)
  }

  const effect = readEffect(kind, fields, aim.delayMs, isJsonObject(input) ? input["body"] : undefined)
  refuseOthers(kind, fields, input)
  return badFields.length > faultless ? undefined : { ...aim, ...effect }
}

/** A frame is no HTTP answer. */
const NO_FRAME: ReadonlySet<FaultKind> = new Set(["http_status", "html", "drip"])

const isFrame = (path: string): boolean => FRAME_COMMANDS.some((command) => command === path)

function readEffect(kind: FaultKind, fields: Fields, delayMs: number | undefined, body: unknown): FaultEffect {
  switch (kind) {
    case "errcode": {
      const errcode = fields.neededInteger("errcode")
      return { kind, errcode, body: readMembers(fields, body), acts: fields.boolean("acts") }
    }
    case "http_status":
      fields.complainIfMissing("status")
      return { kind, status: readStatus(fields) ?? 0, ...readSubstitute(fields, body) }
    case "html":
      return { kind, status: readStatus(fields), ...readSubstitute(fields, body) }
    case "raw":
      return { kind, body: readBytes(fields), acts: fields.boolean("acts") }
    case "slow":
    case "drip":
      fields.complainIfMissing("delay_ms")
      return { kind, delayMs: delayMs ?? 0 }
    case "truncate":
      return { kind, bytes: fields.neededInteger("bytes", 0) }
    case "reset_before":
    case "reset_after":
    case "hang_before":
    case "hang_after":
      break
  }
  return { kind }
}

function readMembers(fields: Fields, body: unknown): JsonObject | undefined {
  if (body === undefined || isJsonObject(body)) return body
  fields.complain("body", "must be a JSON object: its members join the answer", "必须是 JSON 对象，其成员会并入应答")
  return undefined
}

// 1xx would be no answer: HTTP expects another one after it.
const readStatus = (fields: Fields): number | undefined => readRange(fields, "status", 200, 599)

function readSubstitute(fields: Fields, body: unknown): Substitute {
  return { body, bytes: fields.integer("bytes", 0), acts: fields.boolean("acts") }
}

function readBytes(fields: Fields): Buffer {
  const text = fields.text("body") ?? ""
  const base64 = fields.text("body_base64")
  if (base64 === undefined) return Buffer.from(text)
  const bytes = Buffer.from(base64, "base64")
  if (bytes.toString("base64") !== base64) {
    fields.complain("body_base64", "must be Base64 with its padding", "必须是带填充的 Base64")
  }
  return bytes
}

function readRange(fields: Fields, name: string, min: number, max: number): number | undefined {
  const value = fields.integer(name, min)
  if (value !== undefined && value > max) fields.complain(name, `must be at most ${max}`, `不能大于 ${max}`)
  return value
}

function refuseOthers(kind: FaultKind, fields: Fields, input: unknown): void {
  const taken = new Set([...AIM_FIELDS, ...EFFECT_FIELDS[kind]])
  for (const name of Object.keys(isJsonObject(input) ? input : {})) {
    if (!taken.has(name)) fields.complain(name, `means nothing to ${kind}`, `对 ${kind} 没有意义`)
  }
}
