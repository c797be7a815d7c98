import { hash } from "node:crypto"
import { DEFAULT_DUPLICATE_CHECK_SECONDS, MAX_DUPLICATE_CHECK_SECONDS, MESSAGE_TYPES } from "@wecom-push/protocol"
import type { DuplicateCheckMode } from "@wecom-push/protocol/delivery"
import type { PreparedMessage } from "../../accept/prepare.ts"
import type { AppRecord } from "../../ports/apps.ts"
import type { KeyRecord } from "../../ports/keys.ts"
import type { CompatRequest } from "../compat-request.ts"
import { Refusal } from "../refusal.ts"
import { chunksOf, readAudience } from "./audience.ts"
import type { CompatAudience } from "./audience.ts"
import { readContent } from "./content.ts"

/**
 * Makes of a body of `message/send` what will be stored, or says what WeCom would say against it.
 * @throws {Refusal} WeCom's codes; 60011 where it is the key that may not reach so many
 */
export function prepareSend(
  request: CompatRequest,
  { app, key, now }: { readonly app: AppRecord; readonly key: KeyRecord; readonly now: number },
): PreparedMessage {
  refuseUnknownType(request)
  const audience = readAudience(request)
  const { msgtype, parts, media, warnings } = readContent(request, key.overflow)
  if (audience.isEverybody && msgtype === "miniprogram_notice") {
    throw new Refusal(40058, "miniprogram_notice does not go to @all")
  }
  refuseBeyondKey(audience, key)
  return {
    app: app.name,
    msgtype,
    parts,
    media,
    priority: "normal",
    orderKey: undefined,
    sendAt: undefined,
    expiresAt: undefined,
    duplicateCheck: duplicateCheckOf(request),
    recipientCount: audience.rows.length,
    namesEverybody: audience.isEverybody,
    namesGroups: audience.namesGroups,
    malformedCount: 0,
    impossibleCount: 0,
    mobileCheck: undefined,
    chunks: chunksOf(audience.rows, now),
    warnings,
    staleness: [],
    idempotency: joiningOf(request, app),
  }
}

/**
 * A client that loses patience asks the same again: equal bytes join the first message while it is not settled, instead of
 * making a second one, whichever gateway has taken that. No key of a header has a blank.
 */
function joiningOf({ raw }: CompatRequest, { corpId }: AppRecord): PreparedMessage["idempotency"] {
  const fingerprint = hash("sha256", raw, "base64url")
  return { key: `join ${corpId} ${fingerprint}`, fingerprint, isFreedByEnd: true, lifetimeMs: JOIN_MS }
}

const JOIN_MS = 60_000

const KNOWN_TYPES: ReadonlySet<string> = new Set(MESSAGE_TYPES)

function refuseUnknownType(request: CompatRequest): void {
  if (!KNOWN_TYPES.has(request.text("msgtype")))
    throw new Refusal(40008, `msgtype is one of ${MESSAGE_TYPES.join(", ")}`)
}

function refuseBeyondKey({ isEverybody, namesGroups, rows }: CompatAudience, { scopes, audienceCap }: KeyRecord): void {
  if (isEverybody && !scopes.includes("send_all")) throw new Refusal(60011, "@all needs a key with scope send_all")
  if (audienceCap === undefined) return
  if (isEverybody || namesGroups) {
    throw new Refusal(60011, `this key may reach ${audienceCap} people with one message; name them in touser`)
  }
  if (rows.length > audienceCap) {
    throw new Refusal(40032, `touser holds ${rows.length}, this key may reach ${audienceCap} with one message`)
  }
}

/** Some clients send an interval of 0 unasked; WeCom takes its own then. */
function duplicateCheckOf(request: CompatRequest): DuplicateCheckMode {
  const seconds = request.integer("duplicate_check_interval") ?? 0
  if (request.integer("enable_duplicate_check") !== 1) return { by: "gateway" }
  const inForce = seconds > 0 ? seconds : DEFAULT_DUPLICATE_CHECK_SECONDS
  return { by: "caller", intervalSeconds: Math.min(inForce, MAX_DUPLICATE_CHECK_SECONDS) }
}
