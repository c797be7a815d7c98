import type { AppMessage } from "@wecom-push/protocol"
import type { Target } from "./target.ts"

export interface BodySettings {
  readonly agentId: number
  readonly duplicateCheckSeconds?: number | undefined
}

/**
 * One part of a message: makes the end of a call's body, everything but its recipients. A function, because WeCom takes
 * each `task_id` once, so that no two calls may carry the same card.
 */
export type MessagePart = () => string

export function messagePart(message: AppMessage, { agentId, duplicateCheckSeconds }: BodySettings): MessagePart {
  const { msgtype, ...payload } = message
  const check = { enable_duplicate_check: 1, duplicate_check_interval: duplicateCheckSeconds }
  const withEnvelope = (payload: object): string =>
    JSON.stringify({
      msgtype,
      agentid: agentId,
      ...payload,
      ...(duplicateCheckSeconds === undefined ? {} : check),
    }).slice(1)

  if (message.msgtype !== "template_card" || !message.template_card.task_id) {
    const end = withEnvelope(payload)
    return () => end
  }
  const card = message.template_card
  let calls = 0
  return () => {
    calls += 1
    const task_id = calls === 1 ? card.task_id : `${card.task_id}@${calls}`
    return withEnvelope({ ...payload, template_card: { ...card, task_id } })
  }
}

/** The body as it goes out, and goes out again unchanged when a call is repeated: WeCom compares bodies. */
export function callBody(targets: readonly Target[], part: MessagePart): string {
  const lists = Map.groupBy(targets, ({ kind }) => FIELDS[kind])
  const members = [...lists].map(
    ([field, named]) => `"${field}":${JSON.stringify(named.map(({ id }) => id).join("|"))},`,
  )
  return `{${members.join("")}${part()}`
}

const FIELDS = {
  user: "touser",
  all: "touser",
  department: "toparty",
  tag: "totag",
} as const satisfies Record<Target["kind"], string>
