import type { RawClient } from "../raw-client.ts"
import { ADMIN_KEY } from "./plan.ts"

export interface Ahead {
  readonly count: number
  /** How long before they are due they are accepted, so that only sending is measured. */
  readonly aheadMs: number
  /** Each message gets another person. */
  readonly nextPerson: () => number
}

/**
 * Posts messages to one person each, in batches.
 * @returns when they are due, in milliseconds since 1970
 */
export async function takeInAhead(client: RawClient, { count, aheadMs, nextPerson }: Ahead): Promise<number> {
  const dueAt = Date.now() + aheadMs
  const message = (): object => {
    const person = nextPerson()
    return {
      to: { users: [`member-${person}`] },
      msgtype: "text",
      text: { content: `你好 ${person}` },
      send_at: new Date(dueAt).toISOString(),
    }
  }
  for (let taken = 0; taken < count; taken += BATCH_SIZE) {
    const batch = JSON.stringify(Array.from({ length: BATCH_SIZE }, message))
    await client.post("/v1/messages/batch", ADMIN_KEY, batch, 200)
  }
  if (Date.now() > dueAt) throw new Error("taking the messages in took longer than planned for")
  return dueAt
}

const BATCH_SIZE = 500
