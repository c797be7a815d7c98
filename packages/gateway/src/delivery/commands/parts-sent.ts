import { reasonOfPart } from "@wecom-push/protocol/delivery"
import type { RecipientState } from "@wecom-push/protocol/delivery"
import type { OutboxStore } from "../../model/ports/outbox.ts"
import type { CallView, MessageReader } from "../../model/ports/reader.ts"
import { changeInSlices } from "./change-in-slices.ts"
import type { WholeChanged, WholeUpdate } from "./change-in-slices.ts"

interface MessageInParts {
  readonly id: string
  readonly partCount: number
}

interface PartsReader {
  readonly reader: Pick<MessageReader, "calls">
}

/** For a text in parts: the numbers of the accepted calls that have a next part, by the number of that next part. */
type PartsSent = ReadonlyMap<number, ReadonlySet<number>>

/** Reads nothing if there is only one part. */
async function readPartsSent(reader: Pick<MessageReader, "calls">, message: MessageInParts): Promise<PartsSent> {
  const sent = new Map<number, Set<number>>()
  for await (const { number, part, result } of callsOf(reader, message)) {
    const next = part + 1
    if (result !== "accepted" || next >= message.partCount) continue
    sent.set(next, (sent.get(next) ?? new Set()).add(number))
  }
  return sent
}

/** Whether any call of the message was recalled. */
export async function wasRecalled(reader: Pick<MessageReader, "calls">, message: MessageInParts): Promise<boolean> {
  for await (const { recalledAt } of callsOf(reader, message)) if (recalledAt !== undefined) return true
  return false
}

interface EndInParts {
  readonly at: number
  readonly state: "cancelled" | "expired"
  /** If given, it is also stored for recipients that have got nothing. */
  readonly reason?: string | undefined
}

/**
 * Ends all pending recipients of a message. For recipients that have got some parts, the outcome shows which; calls that
 * wait and cannot have arrived are closed first.
 */
export async function endPending(
  { outbox, reader }: { readonly outbox: Pick<OutboxStore, "openCalls" | "update"> } & PartsReader,
  message: MessageInParts & { readonly chunkCount: number },
  ending: EndInParts,
): Promise<WholeChanged> {
  const { at, state, reason } = ending
  const whole = { messageId: message.id, chunkCount: message.chunkCount, at }
  const sent = await readPartsSent(reader, message)
  const others: WholeUpdate = { from: ["pending"], state, ...(reason !== undefined && { detail: { reason } }) }
  const updates = [...toldUpdates(sent, "pending", message, ending), others]
  const changed = await changeInSlices(outbox, { ...whole, updates, closesCalls: true })
  if (message.partCount === 1) return changed
  // A part may have been accepted meanwhile.
  const later = new Map<number, ReadonlySet<number>>()
  for (const [part, calls] of await readPartsSent(reader, message)) {
    const unknown = calls.difference(sent.get(part) ?? new Set())
    if (unknown.size > 0) later.set(part, unknown)
  }
  const again = toldUpdates(later, state, message, ending)
  if (again.length > 0) await changeInSlices(outbox, { ...whole, updates: again })
  return changed
}

function toldUpdates(
  sent: PartsSent,
  from: RecipientState,
  { partCount }: MessageInParts,
  { state, reason }: EndInParts,
): readonly WholeUpdate[] {
  return [...sent].map(([part, calls]) => ({
    from: [from],
    ofCall: calls,
    state,
    detail: { reason: reasonOfPart(reason ?? state, part, partCount) },
  }))
}

async function* callsOf(
  reader: Pick<MessageReader, "calls">,
  { id: messageId, partCount }: MessageInParts,
): AsyncGenerator<CallView> {
  if (partCount === 1) return
  let cursor: string | undefined
  do {
    const page = await reader.calls({ messageId, limit: 1000, ...(cursor !== undefined && { cursor }) })
    yield* page.items
    cursor = page.nextCursor
  } while (cursor !== undefined)
}
