import type { PartyRows } from "../cold/parties.ts"
import { query } from "../cold/work.ts"
import { integer } from "../row.ts"

/** An app's row has its agent id, as older versions write it. */
export const partyRows: PartyRows = {
  *find({ kind, corpId, partyId }) {
    const [row] =
      kind === "app"
        ? yield* query`select id from wecom_push.agents
            where kind = 'app' and corp_id = ${corpId} and agent_id = ${Number(partyId)}`
        : yield* query`select id from wecom_push.agents
            where kind = ${kind} and corp_id = ${corpId} and party_id = ${partyId}`
    return row && integer(row, "id")
  },
  *add({ kind, corpId, partyId }) {
    const [agentId, otherId] = kind === "app" ? [Number(partyId), null] : [null, partyId]
    yield* query`insert into wecom_push.agents (kind, corp_id, agent_id, party_id)
      values (${kind}, ${corpId}, ${agentId}, ${otherId}) on conflict do nothing`
  },
}

/** The party's id in a row of `agents`. */
export const PARTY_ID = "coalesce(party_id, agent_id::text)"
