import { carriedTargets } from "../core/carried-targets.ts"
import type { FrozenCall } from "../core/ports/outbox.ts"
import type { RecipientChunk } from "../core/recipients.ts"
import { repeatUntil } from "../core/repeat-window.ts"
import { reasonOf } from "../core/settlement.ts"
import type { RecipientState } from "../core/states.ts"
import type { CarriedTarget } from "../core/target.ts"
import { airborneKey, CRASHES_THAT_PARK, settleSurely } from "./flight.ts"
import type { RunContext } from "./run-context.ts"

/** A call that was begun before, and whom it carries. */
export interface OpenCall {
  readonly call: FrozenCall
  readonly body: string
  readonly targets: readonly CarriedTarget[]
}

/**
 * The calls of a message that wait for another attempt, or were cut off by the end of a process: those are never taken
 * for failed. Calls that may not be repeated any more are closed, with a reason.
 */
export async function readOpenCalls(run: RunContext): Promise<readonly OpenCall[]> {
  const { outbox } = run.deps
  const open: OpenCall[] = []
  for (const stored of await outbox.openCalls(run.message.id)) {
    const call = await withoutFlight(run, stored)
    const end = reasonToEnd(call, run.now())
    if (end !== undefined) await close(run, call, end)
    else if (call.body !== undefined) {
      const chunks = await chunksOf(run, call)
      open.push({ call, body: call.body, targets: carriedTargets(call.body, call.positions, chunks) })
    }
  }
  return open
}

/**
 * A call that is in flight although nobody here flies it: its intent was stored and the answer to that got lost, so
 * its bytes never left. Or they did, and the outcome could not be stored.
 */
async function withoutFlight(run: RunContext, call: FrozenCall): Promise<FrozenCall> {
  if (call.phase !== "in_flight") return call
  const key = airborneKey(call)
  const hasLeft = run.deps.airborne.has(key)
  await settleSurely(run.deps, {
    messageId: call.messageId,
    number: call.number,
    attempt: call.attempts,
    finishedAt: run.now(),
    result: hasLeft ? "in_doubt" : "not_sent",
    final: false,
    spent: false,
    patches: [],
  })
  run.deps.airborne.delete(key)
  return { ...call, phase: "waiting", mayHaveArrived: call.mayHaveArrived || hasLeft, retryAt: undefined }
}

function reasonToEnd(call: FrozenCall, now: number): { state: RecipientState; reason: string } | undefined {
  const { body, mayHaveArrived, crashes, checkSeconds, firstTryAt } = call
  if (body === undefined) return { state: mayHaveArrived ? "in_doubt" : "failed", reason: "body_damaged" }
  if (!mayHaveArrived) return undefined
  if (checkSeconds === null) return { state: "in_doubt", reason: "no_check" }
  if (crashes >= CRASHES_THAT_PARK) return { state: "in_doubt", reason: "crash_loop" }
  if (now >= repeatUntil(firstTryAt, checkSeconds)) return { state: "in_doubt", reason: "answer_lost" }
  return undefined
}

async function close(
  run: RunContext,
  { number, part, positions }: FrozenCall,
  { state, reason: word }: { state: RecipientState; reason: string },
): Promise<void> {
  const reason = reasonOf(word, { part, partCount: run.partCount })
  const places = Map.groupBy(positions, ([chunk]) => chunk)
  const patches = [...places].map(([chunk, ofChunk]) => ({
    chunk,
    places: ofChunk.map(([, place]) => place),
    from: ["pending" as const],
    state,
    call: number,
    detail: { reason },
  }))
  await run.patch({ abandonCalls: [number], patches })
  run.deps.metrics.recipientsFinished(run.message.app, state, positions.length)
  run.deps.log.warn(
    { app: run.message.app, message: run.message.id, call: number, reason },
    "a call is not tried any more",
  )
}

async function chunksOf(run: RunContext, { positions }: FrozenCall): Promise<ReadonlyMap<number, RecipientChunk>> {
  const chunks = new Map<number, RecipientChunk>()
  for (const index of new Set(positions.map(([chunk]) => chunk))) {
    const [chunk] = await run.deps.outbox.chunks({ messageId: run.message.id, from: index, count: 1 })
    if (chunk !== undefined) chunks.set(index, chunk)
  }
  return chunks
}
