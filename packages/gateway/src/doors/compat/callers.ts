import type { AppDirectory } from "../../accept/app-directory.ts"
import type { AppRecord } from "../../model/ports/apps.ts"
import type { Dispatcher } from "../../model/ports/dispatcher.ts"
import type { KeyRecord, Scope } from "../../model/ports/keys.ts"
import type { CompatRequest } from "./compat-request.ts"
import { isOfAGateway } from "./gateway-tokens.ts"
import type { GatewayTokens } from "./gateway-tokens.ts"
import { Refusal } from "./refusal.ts"

/** The caller: a key, and the apps it holds in the corp that its token is for. */
export interface Caller {
  readonly key: KeyRecord
  readonly corpId: string
  /** Sorted by name; never empty. */
  readonly apps: readonly AppRecord[]
}

interface CallerDeps {
  readonly tokens: GatewayTokens
  readonly apps: Pick<AppDirectory, "records">
  readonly dispatcher: Pick<Dispatcher, "pauseOf">
}

/** @throws {Refusal} 41001, 40014, 42001 */
export async function callerOf(
  request: Pick<CompatRequest, "queryText">,
  { tokens, apps, dispatcher }: CallerDeps,
): Promise<Caller> {
  const token = request.queryText("access_token")
  if (token === "") throw new Refusal(41001, "give access_token in the query")
  // Some clients drop a token only on 42001, so a token that may have been one of ours gets no other code.
  const holder = await tokens.holderOf(token)
  if (holder === undefined) {
    if (isOfAGateway(token)) throw new Refusal(42001, "ask gettoken for another")
    throw new Refusal(40014, "this is no token of a gateway; ask gettoken with one of its keys")
  }
  const held = await heldApps(holder.key, holder.corpId, apps)
  // The key has to ask for a new token, by which the caller gets its changed apps.
  if (held.length === 0) throw new Refusal(42001, "ask gettoken for another")
  return { ...holder, apps: held.map((app) => ({ ...app, pause: dispatcher.pauseOf(app) })) }
}

export function heldApps(
  key: Pick<KeyRecord, "apps">,
  corpId: string,
  apps: Pick<AppDirectory, "records">,
): Promise<readonly AppRecord[]> {
  return apps.records(
    (app) => app.kind === "app" && app.corpId === corpId && (key.apps === "all" || key.apps.includes(app.name)),
  )
}

/**
 * The app that a call names.
 * @param agentId undefined if the caller left it out, where that is allowed: then the caller has only one app
 * @throws {Refusal} 301002, 41011
 */
export function appNamed(caller: Caller, agentId: number | undefined): AppRecord {
  if (agentId === undefined) {
    const [only, another] = caller.apps
    if (only !== undefined && another === undefined) return only
    throw new Refusal(41011, "the key holds several apps; name one by its agentid")
  }
  const app = caller.apps.find((one) => one.agentId === agentId)
  if (app === undefined) throw new Refusal(301002, "the key holds no app with this agentid in this corp")
  return app
}

/** @param scopes any one of them is enough @throws {Refusal} 48002 */
export function requireScope({ key }: Caller, scopes: readonly Scope[]): void {
  if (scopes.some((scope) => key.scopes.includes(scope))) return
  throw new Refusal(48002, `the key needs scope ${scopes.join(" or ")}`)
}

/** The members of a chat cannot be counted. @throws {Refusal} 60011 for a key with a cap on its audience */
export function refuseChatsToCapped({ audienceCap }: Pick<KeyRecord, "audienceCap">): void {
  if (audienceCap === undefined) return
  throw new Refusal(
    60011,
    `this key may reach ${audienceCap} people with one message, and no group chats; use a key without audience_cap`,
  )
}
