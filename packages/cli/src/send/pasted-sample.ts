import type { Fault } from "@wecom-push/protocol"

/** A payload out of JSON, with the fields beside it. */
export interface Pasted {
  readonly payload: unknown
  /** Further fields of the message, as `safe`. */
  readonly beside: Readonly<Record<string, unknown>>
  readonly faults: readonly Fault[]
}

type JsonObject = Readonly<Record<string, unknown>>

/**
 * JSON may be the payload, or the whole body as WeCom's documents show it: then its recipients and its app
 * are left out, for flags say that. A duplicate check it asks for is not ignored: the message might be seen twice.
 */
export function readPasted(json: JsonObject, msgtype: string): Pasted {
  if (json["msgtype"] !== msgtype || !isObject(json[msgtype])) return { payload: json, beside: {}, faults: [] }
  const { msgtype: _, [msgtype]: payload, ...rest } = json
  const strays = Object.entries(FLAGS).filter(([path]) => Object.hasOwn(rest, path))
  const names = new Set(strays.map(([path]) => path))
  return {
    payload,
    beside: Object.fromEntries(Object.entries(rest).filter(([name]) => !names.has(name))),
    faults: strays.map(([path, because]) =>
      path === "enable_duplicate_check" && rest[path] === 1
        ? { path, rule: "conflict", severity: "error", because }
        : { path, rule: "left_out", severity: "warning", because },
    ),
  }
}

const FLAGS = {
  touser: "--user",
  toparty: "--department",
  totag: "--tag",
  agentid: "--agent-id",
  enable_duplicate_check: "--duplicate-check",
  duplicate_check_interval: "--duplicate-check",
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}
