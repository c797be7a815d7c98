import type { AppRecord, AppSecrets } from "../../model/ports/apps.ts"
import { integer, optionalText, parseOwn, text } from "../row.ts"
import type { Row } from "../row.ts"
import { sealedPlaces } from "../sealed-places.ts"
import type { SecretBox } from "../secret-box.ts"

export function toApp(row: Row): AppRecord {
  const pause = optionalText(row, "pause")
  return {
    name: text(row, "name"),
    kind: text(row, "kind"),
    corpId: text(row, "corp_id"),
    partyId: String(integer(row, "agent_id")),
    agentId: integer(row, "agent_id"),
    createdAt: integer(row, "created_at"),
    updatedAt: integer(row, "updated_at"),
    settings: parseOwn(text(row, "settings")),
    pause: pause === undefined ? undefined : parseOwn(pause),
    version: integer(row, "version"),
  }
}

/** @returns undefined for damaged secrets, which must not affect other apps */
export function openSecrets(box: SecretBox, row: Row): AppSecrets | undefined {
  const opened = box.tryOpen(text(row, "secrets"), sealedPlaces.app(text(row, "name")))
  return opened === undefined ? undefined : parseOwn<AppSecrets>(opened)
}

export function sealSecrets(box: SecretBox, name: string, secrets: AppSecrets): string {
  return box.seal(JSON.stringify(secrets), sealedPlaces.app(name))
}
