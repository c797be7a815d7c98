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
  using place = await placeWithin(paceOf(call.path), LONGEST_WAIT_MS)
  if (place === undefined) return { kind: "too_fast" }
  try {
    const answer = await api.pass({ ...call, deadline: api.clock.now() + LONGEST_TOKEN_MS })
    return answer === TOKEN_DIED ? { kind: "token_died" } : { kind: "answered", ...answer }
  } catch (error) {
    if (error instanceof WeComError && error.errcode !== undefined) {
      return { kind: "refused", errcode: error.errcode, errmsg: error.errmsg ?? error.message }
    }
    if (error instanceof WeComError || error instanceof TransportFault) return { kind: "unreachable" }
    throw error
  }
}

/** A place that comes too late is given back by its own disposal. */
export async function placeWithin(pace: CallPace, ms: number): Promise<Disposable | undefined> {
  const taken = pace.take()
  const { promise: late, resolve } = Promise.withResolvers<undefined>()
  const timer = setTimeout(() => resolve(undefined), ms).unref()
  const first = await Promise.race([taken, late])
  clearTimeout(timer)
  if (first !== undefined) return first
  // oxlint-disable-next-line promise/prefer-await-to-then -- the caller no longer waits for it
  void taken.then((place) => place[Symbol.dispose]()).catch(() => undefined)
  return undefined
}

/** Callers of WeCom's API are used to answers within seconds. */
const LONGEST_WAIT_MS = 10_000
/** For the token. */
const LONGEST_TOKEN_MS = 15_000
