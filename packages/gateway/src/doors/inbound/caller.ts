import type { Sender } from "../../accept/acceptor.ts"
import type { AdapterName } from "../../model/adapter-names.ts"
import type { KeyRecord } from "../../model/ports/keys.ts"
import type { FoundSource } from "../../model/ports/sources.ts"
import type { KeyRing } from "../kit/key-ring.ts"
import { SOURCE_TOKEN_PREFIX } from "../kit/source-ring.ts"
import type { SourceRing } from "../kit/source-ring.ts"
import type { Adapter } from "./adapter.ts"
import type { InboundCall } from "./inbound-call.ts"

/** The caller: a source, which has an audience, or a key, whose request has to name its recipients. */
export type Caller = ({ readonly kind: "source" } & FoundSource) | { readonly kind: "key"; readonly key: KeyRecord }

export interface CallerDeps {
  readonly keyRing: KeyRing
  readonly sourceRing: SourceRing
  readonly now: () => number
}

/**
 * @param token undefined if the request names none: that costs the same as a wrong one
 * @returns undefined for a token that never existed, has ended, or belongs to a source with another protocol
 */
export async function callerOf(
  token: string | undefined,
  adapter: AdapterName,
  { keyRing, sourceRing, now }: CallerDeps,
): Promise<Caller | undefined> {
  if (token?.startsWith(SOURCE_TOKEN_PREFIX) === true) {
    const found = await sourceRing.find(token, now())
    return found?.source.adapter === adapter ? { kind: "source", ...found } : undefined
  }
  const key = await keyRing.find(token, now())
  return key === undefined ? undefined : { kind: "key", key }
}

/** The rights of a source: its audience was chosen when it was made. */
export function senderOf(caller: Caller): Sender {
  if (caller.kind === "key") return caller.key
  const { id, app } = caller.source
  return { id, client: id, scopes: ["send", "send_all"], apps: [app], audienceCap: undefined }
}

/**
 * The token of the request. First it looks where the protocol has the token, then where all protocols may have it. Programs
 * that accept only one URL write the token into the query.
 */
export function tokenIn(call: InboundCall, adapter: Adapter): string | undefined {
  return adapter.tokenIn?.(call) ?? inAuthorization(call.header("authorization")) ?? filled(call.query.get("token"))
}

/** From basic authentication it takes the password, or the user if there is no password. */
function inAuthorization(header: string | undefined): string | undefined {
  const bearer = /^Bearer +([\x21-\x7e]+) *$/i.exec(header ?? "")?.[1]
  if (bearer !== undefined) return bearer
  const basic = /^Basic +([\w+/=-]+) *$/i.exec(header ?? "")?.[1]
  if (basic === undefined) return undefined
  const [user = "", ...password] = Buffer.from(basic, "base64").toString("utf8").split(":")
  return filled(password.join(":")) ?? filled(user)
}

export function filled(text: string | null | undefined): string | undefined {
  return text === null || text === "" ? undefined : text
}
