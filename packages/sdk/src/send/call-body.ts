import type { AppMessage } from "@wecom-push/protocol"
import type { Target } from "./target.ts"

export interface BodySettings {
  readonly agentId: number
  readonly duplicateCheckSeconds?: number | undefined
}

/** Everything of a call's body but its recipients, written once for all calls of a message. */
export function bodyEnd(message: AppMessage, { agentId, duplicateCheckSeconds }: BodySettings): string {
  const { msgtype, ...payload } = message
  const check = { enable_duplicate_check: 1, duplicate_check_interval: duplicateCheckSeconds }
  const end = { msgtype, agentid: agentId, ...payload, ...(duplicateCheckSeconds === undefined ? {} : check) }
  return JSON.stringify(end).slice(1)
}

/** The body as it goes out, and goes out again unchanged when a call is repeated: WeCom compares bodies. */
export function callBody(targets: readonly Target[], end: string): string {
  const lists = Map.groupBy(targets, ({ kind }) => FIELDS[kind])
  const members = [...lists].map(
    ([field, named]) => `"${field}":${JSON.stringify(named.map(({ id }) => id).join("|"))},`,
  )
  return `{${members.join("")}${end}`
}

const FIELDS = {
  user: "touser",
  all: "touser",
  department: "toparty",
  tag: "totag",
} as const satisfies Record<Target["kind"], string>
