import { setImmediate } from "node:timers/promises"
import type { MessageState } from "@wecom-push/protocol/delivery"
import type { Lifetime } from "../../model/message.ts"
import type { MessageChange, OutboxStore, RecipientUpdate } from "../../model/ports/outbox.ts"

/** A change of recipients of the whole message. */
export type WholeUpdate = Omit<RecipientUpdate, "chunk" | "slots">

export interface WholeChange {
  readonly messageId: string
  readonly chunkCount: number
  readonly at: number
  /** Applied one after another. */
  readonly updates: readonly WholeUpdate[]
  /** Calls that wait and cannot have arrived are closed first, so that their recipients change too. */
  readonly closesCalls?: boolean
  readonly expiry?: Lifetime
}

export interface WholeChanged {
  readonly recipients: number
  readonly state: MessageState | undefined
}

/**
 * Changes recipients of a whole message in slices, because a thousand chunks in one transaction would delay everything else.
 */
export async function changeInSlices(
  outbox: Pick<OutboxStore, "openCalls" | "update">,
  change: WholeChange,
): Promise<WholeChanged> {
  const { messageId, chunkCount, at, updates, closesCalls = false, expiry } = change
  let recipients = 0
  let state: MessageState | undefined
  for (let from = 0; from < chunkCount; from += CHUNKS_PER_SLICE) {
    const isFirst = from === 0
    const open = isFirst && closesCalls ? await outbox.openCalls(messageId) : []
    const slice: MessageChange = {
      messageId,
      at,
      updates: Array.from({ length: Math.min(CHUNKS_PER_SLICE, chunkCount - from) }, (_, index) =>
        updates.map((update): RecipientUpdate => ({ ...update, chunk: from + index, slots: "all" })),
      ).flat(),
      ...(open.length > 0 && { closeCalls: open.map(({ number }) => number) }),
      ...(isFirst && expiry !== undefined && { expiry }),
    }
    const changed = await outbox.update(slice)
    recipients += changed?.changed ?? 0
    state = changed?.state
    await setImmediate()
  }
  return { recipients, state }
}

const CHUNKS_PER_SLICE = 10
