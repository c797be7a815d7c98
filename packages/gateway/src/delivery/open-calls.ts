import type { RecipientState } from "@wecom-push/protocol/delivery"
import { repeatUntil } from "@wecom-push/protocol/delivery"
import { carriedTargets } from "../domain/carried-targets.ts"
import type { FrozenCall, OutboxStore, RecipientPatch } from "../ports/outbox.ts"
import { chunkOf, placeOf } from "../domain/recipients.ts"
import type { RecipientChunk, RecipientPosition } from "../domain/recipients.ts"
import { reasonOfPart } from "@wecom-push/protocol/delivery"
import type { CarriedTarget } from "../domain/target.ts"
import { airborneKey, CRASHES_THAT_PARK, settleSurely } from "./flight.ts"
import type { Rider } from "./flight.ts"
import type { RunContext } from "./run-context.ts"

/** A call that was begun before, and whom it carries. */
export interface OpenCall {
  readonly call: FrozenCall
  readonly body: string
  readonly targets: readonly CarriedTarget[]
  readonly riders: readonly Rider[]
}

/**
 * The calls of a message that wait for another attempt, or were cut off by the end of a process: those are never taken
 * for failed. Calls that may not be repeated any more are closed, with a reason.
 */
export async function readOpenCalls(run: RunContext): Promise<readonly OpenCall[]> {
  const { outbox } = run.deps
  run.now()
  // Times that were noted before the clock was set mean something else until the store has followed it.
  await run.deps.turned()
  const open: OpenCall[] = []
  for (const stored of await outbox.openCalls(run.message.id)) {
    const riders = await ridersOf(outbox, stored)
    const call = await withoutFlight(run, stored, riders)
    const end = reasonToEnd(call, run.now(), run.desk.app.agentId)
    if (end === "anew") await run.patch({ closeCalls: [call.number], patches: [] })
    else if (end !== undefined) await close(run, call, riders, end)
    else if (call.body !== undefined) {
      const chunks = await chunksOf(outbox, call)
      open.push({ call, body: call.body, targets: carriedTargets(call.body, call.positions, chunks), riders })
    }
  }
  return open
}

/** What other messages have in a call of this one. */
async function ridersOf(outbox: OutboxStore, { riders = [] }: FrozenCall): Promise<readonly Rider[]> {
  const found: Rider[] = []
  for (const { messageId, number } of riders) {
    const ride = (await outbox.openCalls(messageId)).find((one) => one.number === number)
    if (ride?.body === undefined) continue
    const chunks = await chunksOf(outbox, ride)
    found.push({ messageId, number, targets: carriedTargets(ride.body, ride.positions, chunks) })
  }
  return found
}

/**
 * A call that is in flight although nobody here flies it: its intent was stored and the answer to that got lost, so
 * its bytes never left. Or they did, and the outcome could not be stored.
 */
async function withoutFlight(run: RunContext, call: FrozenCall, riders: readonly Rider[]): Promise<FrozenCall> {
  if (call.phase !== "in_flight" || call.ridesIn !== undefined) return call
  const key = airborneKey(call)
  const hasLeft = run.deps.airborne.has(key)
  const settlement = {
    messageId: call.messageId,
    number: call.number,
    attempt: call.attempts,
    finishedAt: run.now(),
    result: hasLeft ? ("in_doubt" as const) : ("not_sent" as const),
    final: false,
    spent: false,
    patches: [],
  }
  const others = riders.map(({ messageId, number }) => ({ ...settlement, messageId, number }))
  await settleSurely(run.deps, [settlement, ...others])
  run.deps.airborne.delete(key)
  return { ...call, phase: "waiting", mayHaveArrived: call.mayHaveArrived || hasLeft, retryAt: undefined }
}

const CLOCKS_DIFFER_MS = 1000

/** @returns `anew`: whom it carries go into other calls */
function reasonToEnd(
  call: FrozenCall,
  now: number,
  agentId: number,
): { state: RecipientState; reason: string } | "anew" | undefined {
  const { body, mayHaveArrived, crashes, checkSeconds, firstTryAt, ridesIn } = call
  if (body === undefined) return { state: mayHaveArrived ? "in_doubt" : "failed", reason: "body_damaged" }
  if (ridesIn !== undefined) return undefined
  const isOfAnotherAgent = agentIn(body) !== agentId
  if (!mayHaveArrived) return isOfAnotherAgent ? "anew" : undefined
  if (checkSeconds === null) return { state: "in_doubt", reason: "no_check" }
  // What a repeat of it would be answered tells nothing of the first try, and would pause the app as it is now.
  if (isOfAnotherAgent) return { state: "in_doubt", reason: "answer_lost" }
  // Nobody knows how long ago that was.
  if (firstTryAt > now + CLOCKS_DIFFER_MS) return { state: "in_doubt", reason: "answer_lost" }
  if (crashes >= CRASHES_THAT_PARK) return { state: "in_doubt", reason: "crash_loop" }
  if (now >= repeatUntil(firstTryAt, checkSeconds)) return { state: "in_doubt", reason: "answer_lost" }
  return undefined
}

/** The agent that the bytes of a call name: the app may have been given another one since. */
function agentIn(body: string): unknown {
  const call: unknown = JSON.parse(body)
  return typeof call === "object" && call !== null && "agentid" in call ? call.agentid : undefined
}

/** Riders first: as long as its own message has the call open, whatever is cut off here is done again. */
async function close(
  run: RunContext,
  { number, part, positions }: FrozenCall,
  riders: readonly Rider[],
  { state, reason: word }: { state: RecipientState; reason: string },
): Promise<void> {
  const { deps, message, partCount } = run
  const reason = reasonOfPart(word, part, partCount)
  const changeOf = (call: number, of: readonly RecipientPosition[]) => {
    deps.metrics.recipientsFinished(message.app, state, of.length)
    return { abandonCalls: [call], patches: patchesFor(of, { state, call, detail: { reason } }) }
  }
  for (const rider of riders) {
    const theirs = rider.targets.flatMap((target) => target.positions)
    await run.patchOf(rider.messageId, changeOf(rider.number, theirs))
  }
  await run.patch(changeOf(number, positions))
  deps.log.warn({ app: message.app, message: message.id, call: number, reason }, "a call is not tried any more")
}

/** For those of them who are pending. */
export function patchesFor(
  positions: readonly RecipientPosition[],
  change: Pick<RecipientPatch, "state" | "call" | "detail">,
): RecipientPatch[] {
  return [...Map.groupBy(positions, chunkOf)].map(([chunk, ofChunk]) => ({
    chunk,
    places: ofChunk.map(placeOf),
    from: ["pending"],
    ...change,
  }))
}

async function chunksOf(
  outbox: OutboxStore,
  { messageId, positions }: FrozenCall,
): Promise<ReadonlyMap<number, RecipientChunk>> {
  const chunks = new Map<number, RecipientChunk>()
  for (const index of new Set(positions.map(chunkOf))) {
    const [chunk] = await outbox.chunks({ messageId, from: index, count: 1 })
    if (chunk !== undefined) chunks.set(index, chunk)
  }
  return chunks
}
