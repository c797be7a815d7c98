import { setTimeout as sleep } from "node:timers/promises"
import { TransportFault, WeComError } from "@wecom-push/sdk"
import { TOKEN_DIED } from "@wecom-push/sdk/internals"
import type { PassingApi } from "@wecom-push/sdk/internals"
import type { PassedCall, PassReply } from "../model/ports/dispatcher.ts"
import type { CallPace } from "../model/ports/governor.ts"

/** One call of a program's own on its way to WeCom: in its pace, tried once, and once more where only the token was dead. */
export async function passCall(
  { api, paceOf }: { readonly api: PassingApi; readonly paceOf: (path: string) => CallPace },
  call: PassedCall,
): Promise<PassReply> {
  using place = await placeWithin(paceOf(call.path), LONGEST_WAIT_MS, call.signal)
  if (place === undefined) return { kind: "too_fast" }
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), LONGEST_HEAD_MS)
  try {
    const signal = AbortSignal.any([call.signal, late.signal])
    const answer = await api.pass({ ...call, signal, deadline: api.clock.now() + LONGEST_HEAD_MS })
    return answer === TOKEN_DIED ? { kind: "token_died" } : { kind: "answered", ...answer }
  } catch (error) {
    if (error instanceof WeComError && error.errcode !== undefined) {
      return { kind: "refused", errcode: error.errcode, errmsg: error.errmsg ?? error.message }
    }
    if (error instanceof WeComError || error instanceof TransportFault) return { kind: "unreachable" }
    throw error
  } finally {
    clearTimeout(timer)
  }
}

/** A place that comes too late is given back by its own disposal. */
export async function placeWithin(pace: CallPace, ms: number, signal: AbortSignal): Promise<Disposable | undefined> {
  const taken = pace.take()
  const ended = new AbortController()
  // oxlint-disable-next-line promise/prefer-await-to-then -- whichever comes first
  const late = sleep(ms, undefined, { signal: AbortSignal.any([ended.signal, signal]), ref: false }).catch(
    () => undefined,
  )
  const first = await Promise.race([taken, late])
  ended.abort()
  if (first !== undefined) return first
  // oxlint-disable-next-line promise/prefer-await-to-then -- the caller no longer waits for it
  void taken.then((place) => place[Symbol.dispose]()).catch(() => undefined)
  return undefined
}

/** Callers of WeCom's API are used to answers within seconds. */
const LONGEST_WAIT_MS = 10_000
/** For an upload to be taken in, and answered. */
const LONGEST_HEAD_MS = 120_000
