import { isStateName } from "../state-words.ts"
import type { StateName } from "../state-words.ts"
import type { Fields } from "./fields.ts"

/** A message as a gateway describes it. Times are RFC 3339. */
export interface MessageView {
  readonly id: string
  readonly app: string
  readonly state: string
  readonly msgtype: string
  readonly priority: string
  readonly createdAt: string
  readonly sendAt: string
  readonly expiresAt: string
  readonly finishedAt: string | null
  readonly total: number
  /** States with at least one recipient. */
  readonly counts: ReadonlyMap<StateName, number>
  readonly calls: number
  readonly problem: Problem | null
  /** Why recipients are pending; null where they only wait their turn, and of a gateway that does not say. */
  readonly delay: Delay | null
  /** In the user's language; none of an older gateway. */
  readonly warnings: readonly string[]
  /** As it came. */
  readonly raw: Readonly<Record<string, unknown>>
}

/** The reason why a message as a whole waits. */
export interface Problem {
  readonly code: string
  readonly errcode: number | null
  readonly errmsg: string | null
  /** The failure on the way to WeCom, as in `dns`. */
  readonly cause: string | null
  readonly since: string | null
  readonly nextTryAt: string | null
}

interface Delay {
  readonly reason: string
  /** Null where it has no known end. */
  readonly until: string | null
}

export function readMessage(fields: Fields): MessageView {
  const recipients = fields.object("recipients")
  const problem = fields.objectOrNull("problem")
  const delay = fields.raw["delay"] === undefined ? null : fields.objectOrNull("delay")
  const counts = Object.entries(recipients.raw).flatMap(([state, count]): [StateName, number][] =>
    isStateName(state) && typeof count === "number" && count > 0 ? [[state, count]] : [],
  )
  return {
    id: fields.text("id"),
    app: fields.text("app"),
    state: fields.text("state"),
    msgtype: fields.text("msgtype"),
    priority: fields.text("priority"),
    createdAt: fields.text("created_at"),
    sendAt: fields.text("send_at"),
    expiresAt: fields.text("expires_at"),
    finishedAt: fields.textOrNull("finished_at"),
    total: recipients.number("total"),
    counts: new Map(counts),
    calls: fields.number("calls"),
    problem:
      problem === null
        ? null
        : {
            code: problem.text("code"),
            errcode: problem.numberOrNull("errcode"),
            errmsg: problem.textOrNull("errmsg"),
            cause: optional(problem, "cause"),
            since: optional(problem, "since"),
            nextTryAt: optional(problem, "next_try_at"),
          },
    delay: delay === null ? null : { reason: delay.text("reason"), until: delay.textOrNull("until") },
    warnings: fields.raw["warnings"] === undefined ? [] : fields.list("warnings", (warning) => warning.text("detail")),
    raw: fields.raw,
  }
}

/** Older gateways do not have it. */
export function optional(fields: Fields, name: string): string | null {
  return fields.raw[name] === undefined ? null : fields.textOrNull(name)
}

/** Recipients are pending in these only. */
export function isFinished({ state }: MessageView): boolean {
  return state !== "scheduled" && state !== "queued" && state !== "sending"
}
