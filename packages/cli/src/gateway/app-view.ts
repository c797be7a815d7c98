import type { Fields } from "./fields.ts"

/** An app as a gateway returns it. Times are RFC 3339. */
export interface AppView {
  readonly name: string
  /** `app`, or another kind such as `robot`. */
  readonly kind: string
  /** Empty for another kind than `app`; the agent id is then 0. */
  readonly corpId: string
  readonly agentId: number
  /** Other names of the same agent, which have its limits too. */
  readonly sameAgent: readonly string[]
  readonly settings: Readonly<Record<string, unknown>>
  readonly pause: Pause | null
  /** The fields of the answer, unchanged. */
  readonly raw: Readonly<Record<string, unknown>>
}

export interface Pause {
  readonly errcode: number
  readonly errmsg: string
  readonly since: string
  readonly nextProbeAt: string
}

export function readApp(fields: Fields): AppView {
  return {
    name: fields.text("name"),
    // An older gateway has no other kinds.
    kind: fields.raw["kind"] === undefined ? "app" : fields.text("kind"),
    corpId: fields.textOrNull("corp_id") ?? "",
    agentId: fields.numberOrNull("agent_id") ?? 0,
    // An older gateway does not return it.
    sameAgent: fields.raw["same_agent"] === undefined ? [] : fields.texts("same_agent"),
    settings: fields.object("settings").raw,
    pause: readPause(fields.objectOrNull("pause")),
    raw: fields.raw,
  }
}

export function readPause(pause: Fields | null): Pause | null {
  if (pause === null) return null
  return {
    errcode: pause.number("errcode"),
    errmsg: pause.text("errmsg"),
    since: pause.text("since"),
    nextProbeAt: pause.text("next_probe_at"),
  }
}
