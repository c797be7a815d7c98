import type { TargetKind } from "./call-target.ts"
import { withOwnTaskId } from "./task-id.ts"

/** The content of a call, without its recipients. */
export interface CallContent {
  /** A message part: the JSON of an object without recipients, such as `{"msgtype":"text","text":{…}}`. */
  readonly part: string
  readonly agentId: number
  /** The number of the call within its message, from 1. */
  readonly number: number
}

export interface BodyTarget {
  readonly kind: TargetKind
  readonly id: string
}

/**
 * The body of a `message/send`. It is made once and sent unchanged when the call is repeated, because WeCom's duplicate
 * check compares bytes.
 * @param checkSeconds null: without the duplicate check
 */
export function callBody(targets: readonly BodyTarget[], content: CallContent, checkSeconds: number | null): string {
  const lists: { readonly field: string; readonly ids: string[] }[] = []
  let list: (typeof lists)[number] | undefined
  for (const { kind, id } of targets) {
    const field = FIELDS[kind]
    if (field === undefined) throw new RangeError(`message/send names no ${kind}`)
    if (list?.field !== field) {
      list = lists.find((one) => one.field === field)
      if (list === undefined) lists.push((list = { field, ids: [] }))
    }
    list.ids.push(id)
  }
  let body = "{"
  for (const { field, ids } of lists) body += `"${field}":${JSON.stringify(ids.join("|"))},`
  body += `${withOwnTaskId(content).slice(1, -1)},"agentid":${content.agentId}`
  if (checkSeconds !== null) body += `,"enable_duplicate_check":1,"duplicate_check_interval":${checkSeconds}`
  return `${body}}`
}

const FIELDS: Readonly<Partial<Record<TargetKind, string>>> = {
  user: "touser",
  all: "touser",
  department: "toparty",
  tag: "totag",
}
