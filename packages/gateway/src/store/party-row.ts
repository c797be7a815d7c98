import type { Party } from "../model/party.ts"
import { text } from "./row.ts"
import type { Row } from "./row.ts"

export function toParty(row: Row): Party {
  return { kind: text(row, "kind"), corpId: text(row, "corp_id"), partyId: text(row, "party_id") }
}
