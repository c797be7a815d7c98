import type { CallKind, RecipientState, GatewayReason, ReasonWord } from "@wecom-push/protocol/delivery"
import { repeatUntil } from "@wecom-push/protocol/delivery"
import { wayNamed } from "../../channels/ways.ts"
import { callTargets } from "../../model/call-targets.ts"
import { isOfOtherApp } from "../../model/of-other-app.ts"
import type { FrozenCall, OutboxStore, RecipientUpdate } from "../../model/ports/outbox.ts"
import { chunkOf, slotOf } from "../../model/recipients.ts"
import type { RecipientChunk, RecipientPosition } from "../../model/recipients.ts"
import { reasonOfPart } from "@wecom-push/protocol/delivery"
import type { CallTarget } from "../../model/target.ts"
import { callKey, settleSurely } from "./attempt.ts"
import type { CallShare } from "./attempt.ts"
import { CRASHES_THAT_PARK } from "../queue/crash-isolation.ts"
import type { AppRuntime } from "../app-runtimes.ts"
import type { RunContext } from "./run-context.ts"

/** A call that was begun before, and the targets that it carries. */
export interface OpenCall {
  readonly call: FrozenCall
  readonly body: string
  readonly targets: readonly CallTarget[]
  readonly shares: readonly CallShare[]
}

/**
 * The calls of a message that wait for another attempt, or were cut off by the end of a process: those never count as
 * failed. Calls that may not be repeated any more are closed, with a reason.
 * @param number of a single call, if only that one is wanted
 */
export async function readOpenCalls(run: RunContext, number?: number): Promise<readonly OpenCall[]> {
  const { outbox } = run.deps
  const { calls, now } = await readStored(run, number)
  const open: OpenCall[] = []
  for (const stored of calls) {
    if (isOfOtherTurn(run, stored.kind)) continue
    const kind = wayNamed(run.runtime, stored.kind)?.kind
    const shares = kind === undefined ? [] : await sharesOf(outbox, kind, stored)
    const call = await withoutOpenAttempt(run, stored, shares)
    const end = reasonToEnd(call, now, run.runtime)
    if (end === "anew") await run.update({ closeCalls: [call.number], updates: [] })
    else if (end !== undefined) await close(run, call, shares, end)
    else if (call.body !== undefined && kind !== undefined) {
      const chunks = await chunksOf(outbox, call)
      const users = kind.usersIn(call.body)
      open.push({ call, body: call.body, targets: callTargets(users, call.positions, chunks), shares })
    }
  }
  return open
}

/**
 * Ends the calls of the app that `else` names, when that app is gone: they are not repeated, and their recipients go into no
 * other call.
 */
export async function endCallsOfOther(run: RunContext): Promise<void> {
  const { calls } = await readStored(run, undefined)
  for (const stored of calls) {
    // The message that owns a shared call ends it.
    if (!isOfOtherApp(stored.kind) || stored.partOf !== undefined) continue
    const call = await withoutOpenAttempt(run, stored, [])
    if (call.mayHaveArrived) await close(run, call, [], { state: "in_doubt", reason: "answer_lost" })
    else await run.update({ closeCalls: [call.number], updates: [] })
  }
}

/** Whether a call belongs to the other app of a message of two apps, which has its turn before or after this one. */
export function isOfOtherTurn(run: RunContext, kind: string): boolean {
  return run.message.otherwise !== undefined && isOfOtherApp(kind) !== run.isOther
}

/**
 * Reads the calls, and the steady time that fits the times in them. Times noted before the clock was set are wrong until the
 * store has followed the clock; and the clock may be set while they are read, as when the process stops for a while.
 */
async function readStored(
  run: RunContext,
  number: number | undefined,
): Promise<{ readonly calls: readonly FrozenCall[]; readonly now: number }> {
  const { outbox, clock } = run.deps
  for (;;) {
    run.now()
    const { setByMs } = clock
    await run.deps.hasFollowed()
    const calls = await outbox.openCalls(run.message.id, number)
    const now = run.now()
    if (clock.setByMs === setByMs) return { calls, now }
  }
}

/** The shares of other messages in a call of this one. */
async function sharesOf(
  outbox: OutboxStore,
  kind: CallKind,
  { shares = [] }: FrozenCall,
): Promise<readonly CallShare[]> {
  const found: CallShare[] = []
  for (const { messageId, number } of shares) {
    const [share] = await outbox.openCalls(messageId, number)
    if (share?.body === undefined) continue
    const chunks = await chunksOf(outbox, share)
    found.push({ messageId, number, targets: callTargets(kind.usersIn(share.body), share.positions, chunks) })
  }
  return found
}

/**
 * Handles a call that is in flight although this process makes no attempt of it. Either its intent was stored and the
 * store's answer was lost, so that its bytes never left; or they did, and the outcome could not be stored.
 */
async function withoutOpenAttempt(
  run: RunContext,
  call: FrozenCall,
  shares: readonly CallShare[],
): Promise<FrozenCall> {
  if (call.phase !== "in_flight" || call.partOf !== undefined) return call
  const key = callKey(call)
  const hasLeft = run.deps.unsettled.has(key)
  const settlement = {
    messageId: call.messageId,
    number: call.number,
    attempt: call.attempts,
    finishedAt: run.now(),
    result: hasLeft ? ("in_doubt" as const) : ("not_sent" as const),
    final: false,
    spent: false,
    updates: [],
  }
  const others = shares.map(({ messageId, number }) => ({ ...settlement, messageId, number }))
  await settleSurely(run, [settlement, ...others])
  run.deps.unsettled.delete(key)
  return { ...call, phase: "waiting", mayHaveArrived: call.mayHaveArrived || hasLeft, retryAt: undefined }
}

const CLOCKS_DIFFER_MS = 1000

/** @returns `anew` if its recipients go into other calls */
function reasonToEnd(
  call: FrozenCall,
  now: number,
  runtime: AppRuntime,
): { state: RecipientState; reason: ReasonWord | GatewayReason } | "anew" | undefined {
  const { kind, body, mayHaveArrived, crashes, checkSeconds, firstTryAt, partOf } = call
  if (body === undefined) return { state: mayHaveArrived ? "in_doubt" : "failed", reason: "body_damaged" }
  if (partOf !== undefined) return undefined
  // The app may have been given another agent since.
  const way = wayNamed(runtime, kind)
  const isOfAnotherAgent = way === undefined || !way.kind.isOf(body, runtime.app.agentId)
  if (!mayHaveArrived) return isOfAnotherAgent ? "anew" : undefined
  if (checkSeconds === null) return { state: "in_doubt", reason: "no_check" }
  // WeCom's answer to a repeat would say nothing of the first try, and would pause the app as it is now.
  if (isOfAnotherAgent) return { state: "in_doubt", reason: "answer_lost" }
  // It is unknown how long ago the first try was.
  if (firstTryAt > now + CLOCKS_DIFFER_MS) return { state: "in_doubt", reason: "answer_lost" }
  if (crashes >= CRASHES_THAT_PARK) return { state: "in_doubt", reason: "crash_loop" }
  if (now >= repeatUntil(firstTryAt, checkSeconds)) return { state: "in_doubt", reason: "answer_lost" }
  return undefined
}

/** Closes the other shares first: while the call's own message has it open, an interrupted close is done again. */
async function close(
  run: RunContext,
  { number, kind, part, positions }: FrozenCall,
  shares: readonly CallShare[],
  { state, reason: word }: { state: RecipientState; reason: ReasonWord | GatewayReason },
): Promise<void> {
  const { deps, message } = run
  const { otherwise } = message
  const partCount = otherwise !== undefined && isOfOtherApp(kind) ? otherwise.parts.length : run.partCount
  const reason = reasonOfPart(word, part, partCount)
  const changeOf = (call: number, of: readonly RecipientPosition[]) => {
    deps.metrics.recipientsFinished(message.app, state, of.length)
    return { abandonCalls: [call], updates: updatesFor(of, { state, call, detail: { reason } }) }
  }
  for (const share of shares) {
    const theirs = share.targets.flatMap((target) => target.positions)
    await run.updateOf(share.messageId, changeOf(share.number, theirs))
  }
  await run.update(changeOf(number, positions))
  deps.log.warn({ ...run.logFields, call: number, reason }, "a call is not repeated any more")
}

/** Changes the recipients at these positions that are pending. */
export function updatesFor(
  positions: readonly RecipientPosition[],
  change: Pick<RecipientUpdate, "state" | "call" | "detail">,
): RecipientUpdate[] {
  return [...Map.groupBy(positions, chunkOf)].map(([chunk, ofChunk]) => ({
    chunk,
    slots: ofChunk.map(slotOf),
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
