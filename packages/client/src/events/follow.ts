import { Deadline } from "../deadline.ts"
import { ProblemError, unexpectedAnswer, UnreachableError } from "../errors.ts"
import { pause } from "../pause.ts"
import { backoffMs, mayRepeat } from "../repeats.ts"
import { Connection } from "./connection.ts"
import type { FollowReach } from "./connection.ts"
import type { GatewayEvent } from "./event.ts"

export interface FollowOptions {
  /** The `id` of the event that was read last; 0 for all events that are kept. From now on unless given. */
  readonly after?: number
  /** Ends the iteration: it throws the signal's reason. */
  readonly signal?: AbortSignal
  /** How many milliseconds to try again while no gateway answers; without end unless given. */
  readonly withinMs?: number
}

/** Yields events without end, over as many connections as necessary. */
export async function* follow(
  reach: FollowReach,
  { after, signal, withinMs = Infinity }: FollowOptions,
): AsyncGenerator<GatewayEvent, void, undefined> {
  const { gateways } = reach
  let last = after === undefined ? undefined : String(after)
  let deadline = new Deadline(withinMs)
  for (let tries = 1; ; tries++) {
    const url = gateways.current
    const connection = new Connection(url, reach)
    let failure: ProblemError | UnreachableError
    try {
      for await (const { id, data } of connection.blocks(last, signal)) {
        deadline = new Deadline(withinMs)
        if (id !== undefined) last = id
        // The first block has only the id from which to continue: when a connection brings only this block, the next
        // try waits longer.
        if (data !== undefined || id === undefined) tries = 0
        if (data !== undefined) yield eventOf(data)
      }
      failure = new UnreachableError(`${url} has ended the stream of events`)
    } catch (error) {
      signal?.throwIfAborted()
      if (error instanceof ProblemError && !mayRepeat(error, true)) throw error
      failure = error instanceof ProblemError ? error : new UnreachableError(`${url} does not answer`, { cause: error })
    } finally {
      connection.close()
    }
    gateways.leave(url)
    if (tries % gateways.count !== 0) continue
    const wantedMs = failure instanceof ProblemError ? (failure.retryAfterMs ?? 0) : 0
    const waitMs = Math.max(wantedMs, backoffMs(tries / gateways.count))
    if (waitMs >= deadline.remainingMs) throw failure
    await pause(waitMs, signal)
  }
}

/** @throws {ProblemError} `unexpected_answer` */
function eventOf(data: string): GatewayEvent {
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the gateway describes
    return JSON.parse(data) as GatewayEvent
  } catch {
    throw unexpectedAnswer(200, data)
  }
}
