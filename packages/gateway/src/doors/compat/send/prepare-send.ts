import { APP_MESSAGE } from "@wecom-push/protocol/delivery"
import type { PreparedMessage } from "../../../accept/prepare.ts"
import type { AppRecord } from "../../../model/ports/apps.ts"
import type { KeyRecord } from "../../../model/ports/keys.ts"
import { refuseChatsToCapped } from "../callers.ts"
import { Refusal } from "../refusal.ts"
import { chunksOf } from "./audience.ts"
import type { CompatAudience } from "./audience.ts"
import type { SendRead } from "./read-send.ts"

/**
 * Converts a body of `message/send` or `appchat/send` to the message that will be stored, or reports WeCom's objection.
 * @throws {Refusal} WeCom's codes; 60011 if the key's cap on its audience is exceeded
 */
export function prepareSend(
  { message }: SendRead,
  { app, key, now }: { readonly app: AppRecord; readonly key: KeyRecord; readonly now: number },
): PreparedMessage {
  if ("errcode" in message) throw new Refusal(message.errcode, message.explanation)
  const { audience, content, duplicateCheck, fingerprint } = message
  refuseBeyondKey(audience, key)
  return {
    app: app.name,
    callKind: APP_MESSAGE.name,
    ...content,
    priority: "normal",
    orderKey: undefined,
    sendAt: undefined,
    expiresAt: undefined,
    duplicateCheck,
    recipientCount: audience.rows.length,
    namesEverybody: audience.isEverybody,
    namesGroups: audience.namesGroups,
    namesAddresses: false,
    namesChats: audience.namesChats,
    malformedCount: 0,
    impossibleCount: 0,
    mobileCheck: undefined,
    chunks: chunksOf(audience.rows, now),
    otherwise: undefined,
    trace: undefined,
    staleness: [],
    idempotency: joiningOf(audience.namesChats ? `chat ${app.agentId} ${fingerprint}` : fingerprint, app),
  }
}

/**
 * A client that gives up waiting sends the same request again. Equal bytes join the first message while it is not settled,
 * instead of making a second one, on any gateway. A body for a chat does not name its app, so the key contains it. A key
 * from a header never has a space.
 */
function joiningOf(fingerprint: string, { corpId }: AppRecord): PreparedMessage["idempotency"] {
  return { key: `join ${corpId} ${fingerprint}`, fingerprint, isFreedByEnd: true, lifetimeMs: JOIN_MS }
}

const JOIN_MS = 60_000

function refuseBeyondKey({ isEverybody, namesGroups, namesChats, rows }: CompatAudience, key: KeyRecord): void {
  const { scopes, audienceCap } = key
  if (isEverybody && !scopes.includes("send_all")) throw new Refusal(60011, "@all needs a key with scope send_all")
  if (namesChats) refuseChatsToCapped(key)
  if (audienceCap === undefined) return
  if (isEverybody || namesGroups) {
    throw new Refusal(60011, `this key may reach ${audienceCap} people with one message; name them in touser`)
  }
  if (rows.length > audienceCap) {
    throw new Refusal(40032, `touser holds ${rows.length}, this key may reach ${audienceCap} with one message`)
  }
}
