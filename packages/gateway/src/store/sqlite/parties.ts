import type { PartyRows } from "../cold/parties.ts"
import { query } from "../cold/work.ts"
import { integer } from "../row.ts"

export const partyRows: PartyRows = {
  *find({ kind, corpId, partyId }) {
    const [row] = yield* query`select id from parties
      where kind = ${kind} and corp_id = ${corpId} and party_id = ${partyId}`
    return row && integer(row, "id")
  },
  *add({ kind, corpId, partyId }) {
    yield* query`insert into parties (kind, corp_id, party_id) values (${kind}, ${corpId}, ${partyId})
      on conflict do nothing`
  },
}
