import type { KeyRing } from "../kit/key-ring.ts"
import type { KeyRecord } from "../../model/ports/keys.ts"
import type { Adapter } from "./adapter.ts"
import type { InboundCall } from "./inbound-call.ts"

/** Who asks: a key, which has to say whom its message is for. */
export interface Caller {
  readonly key: KeyRecord
}

export interface CallerDeps {
  readonly keyRing: KeyRing
  readonly now: () => number
}

/** @param token undefined where the request names none: costs the same as a wrong one */
export async function callerOf(token: string | undefined, { keyRing, now }: CallerDeps): Promise<Caller | undefined> {
  const key = await keyRing.find(token, now())
  return key === undefined ? undefined : { key }
}

/**
 * What the request shows itself with: where the protocol has it first, then where all of them may have it. Programs that take
 * one URL alone write it into the query.
 */
export function tokenIn(call: InboundCall, adapter: Adapter): string | undefined {
  return adapter.tokenIn?.(call) ?? inAuthorization(call.header("authorization")) ?? filled(call.query.get("token"))
}

/** Of basic authentication the password, or the user where there is none. */
function inAuthorization(header: string | undefined): string | undefined {
  const bearer = /^Bearer +([\x21-\x7e]+) *$/i.exec(header ?? "")?.[1]
  if (bearer !== undefined) return bearer
  const basic = /^Basic +([\w+/=-]+) *$/i.exec(header ?? "")?.[1]
  if (basic === undefined) return undefined
  const [user = "", ...password] = Buffer.from(basic, "base64").toString("utf8").split(":")
  return filled(password.join(":")) ?? filled(user)
}

function filled(text: string | null | undefined): string | undefined {
  return text === null || text === "" ? undefined : text
}
