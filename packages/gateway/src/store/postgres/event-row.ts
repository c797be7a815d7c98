import type { EventType, StoredEvent } from "../../model/ports/events.ts"

export interface EventRow {
  readonly id: number
  readonly at: number
  readonly type: string
  readonly app: string
  readonly message: string | null
  readonly message_app: string | null
  readonly data: Readonly<Record<string, unknown>>
}

export function toEvent({ id, at, type, app, message, message_app: messageApp, data }: EventRow): StoredEvent {
  const event = { id, at, type: toEventType(type), app, messageId: message ?? undefined, data }
  return messageApp === null ? event : { ...event, messageApp }
}

function toEventType(type: string): EventType {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `write` takes no other
  return type as EventType
}
