import { createHash } from "node:crypto"
import type { AppRecord } from "../../model/ports/apps.ts"
import type { KeyRecord } from "../../model/ports/keys.ts"

/** The gateway's chatid for a chat that a request makes: the same for the same request, and different for every other. */
export function derivedChatid(
  { client }: Pick<KeyRecord, "client">,
  { corpId, agentId }: Pick<AppRecord, "corpId" | "agentId">,
  ...request: readonly (string | number)[]
): string {
  const digest = createHash("sha256").update(JSON.stringify([client, corpId, agentId, ...request]))
  return digest.digest("hex").slice(0, 32)
}
