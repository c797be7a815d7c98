import type { Bilingual } from "@wecom-push/protocol"
import { FAULT_KINDS, type FaultEffect, type FaultKind, type JsonObject, type PlannedFault } from "./planned-fault.ts"

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
  const faults = items.map((item, index) => {
    const fields = new Fields(item, Array.isArray(input) ? `[${index}]` : "")
    const fault = readFault(fields)
    badFields.push(...fields.bad)
    return fault
  })
  return { faults: faults.filter((fault) => fault !== undefined), badFields }
}

/** The fault in the form in which it was posted, with the counts that remain. */
export function faultToJson(fault: PlannedFault): JsonObject {
  const { delayMs: delay_ms, ...sameNames } = fault
  if (fault.kind !== "raw") return { ...sameNames, delay_ms }
  return { ...sameNames, delay_ms, body: undefined, body_base64: Buffer.from(fault.body).toString("base64") }
}

function readFault(fields: Fields): PlannedFault | undefined {
  const aim = {
    path: fields.needed("path", fields.text("path") ?? "").replace(/^\/?(cgi-bin\/)?/, ""),
    times: fields.integer("times", 1) ?? 1,
    after: fields.integer("after", 0) ?? 0,
    match: fields.text("match"),
    delayMs: fields.integer("delay_ms", 0, MAX_DELAY_MS),
  }
  const kind = fields.kind()
  if (kind === undefined) return undefined
  const effect = readEffect(kind, fields)
  fields.refuseUnread()
  return fields.bad.length > 0 ? undefined : { ...aim, ...effect }
}

// The longest wait of Node's timers: a longer one fires at once.
const MAX_DELAY_MS = 2 ** 31 - 1

function readEffect(kind: FaultKind, fields: Fields): FaultEffect {
  switch (kind) {
    case "errcode":
      return { kind, errcode: fields.needed("errcode", fields.integer("errcode", -(2 ** 31), 2 ** 31 - 1) ?? 0), ... }
  }
}
