import assert from "node:assert/strict"
import type { ClaimedMessage, NewCallShare } from "../../../model/ports/outbox.ts"
import type { LocalOutbox } from "../../../model/ports/stores.ts"
import { acceptAll, claimDue } from "../build.ts"

/** Two messages whose recipients will be in one call. */
export async function sharing(outbox: LocalOutbox): Promise<{ host: ClaimedMessage; sharer: ClaimedMessage }> {
  await acceptAll(outbox, ["msg_1", "msg_2"])
  const [host, sharer] = await claimDue(outbox)
  return { host: host ?? lost(), sharer: sharer ?? lost() }
}

export function shareOf({ messageId, claim }: ClaimedMessage): NewCallShare {
  return { messageId, claim, number: 1, positions: [0], body: '{"touser":"lisi"}' }
}

export function lost(): never {
  assert.fail("a message is missing")
}
