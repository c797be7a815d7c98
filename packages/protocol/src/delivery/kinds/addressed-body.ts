import type { BodyTarget, CallContent } from "../call-body.ts"
import type { RecipientResults } from "../recipient-results.ts"
import { withOwnTaskId } from "../task-id.ts"

/** A body that names its only target in fields before the message: `{"chatid":"…","msgtype":…}`. */
export function addressedBody(address: Readonly<Record<string, string | number>>, content: CallContent): string {
  const fields = JSON.stringify(address).slice(1, -1)
  const part = withOwnTaskId(content)
  return fields === "" ? part : `{${fields},${part.slice(1)}`
}

/** @throws {RangeError} for no target, or several, which a planner that fills calls by `most` never makes */
export function onlyTarget(targets: readonly BodyTarget[], api: string): BodyTarget {
  const [only] = targets
  if (only === undefined || targets.length > 1) throw new RangeError(`${api} names one target, not ${targets.length}`)
  return only
}

/** The `chatid` in a frozen body. @param type none is returned when the body has another `chat_type` */
export function chatIn(body: string, type?: number): string[] {
  const { chatid, chat_type: chatType }: { readonly chatid?: unknown; readonly chat_type?: unknown } = JSON.parse(body)
  return typeof chatid === "string" && (type === undefined || type === chatType) ? [chatid] : []
}

/** A call with one target has errcode 0 as its result; the answer has no list of other recipients. */
export const SENT_TO_ALL: RecipientResults = { of: () => "sent", unknownIds: () => [] }

/** At most one target, of any kind. */
export const ONE_TARGET = { user: 0, department: 0, tag: 0, all: 0, chat: 0, robot: 0, inAll: 1 } as const

/** The code by which WeCom accepts: these calls have no list that says that all targets were invalid. */
export const ONLY_ZERO: ReadonlySet<number> = new Set([0])
