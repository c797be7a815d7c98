import { sql } from "kysely"
import { partyKey } from "../../model/party.ts"
import type { Party } from "../../model/party.ts"
import type { Database } from "./connection.ts"
import type { AfterCommit, Tx } from "./transactions.ts"

/**
 * Numbers of the parties that rows belong to, in the table and the columns that older versions use for agents. A number
 * stays when the party has no app any more.
 */
export class Parties {
  readonly #ids = new Map<string, number>()

  async idOf(tx: Tx, party: Party, after: AfterCommit): Promise<number> {
    const known = this.#ids.get(partyKey(party))
    if (known !== undefined) return known
    const { kind, corpId, partyId } = party
    const [agentId, otherId] = kind === "app" ? [Number(partyId), null] : [null, partyId]
    // Another node may add it at the same moment, and become visible only after its commit.
    await sql`insert into wecom_push.agents (kind, corp_id, agent_id, party_id)
      values (${kind}, ${corpId}, ${agentId}, ${otherId}) on conflict do nothing`.execute(tx)
    const id = (await this.find(tx, party)) ?? 0
    // Not before: the transaction may be rolled back.
    after(() => this.#ids.set(partyKey(party), id))
    return id
  }

  /** @returns undefined for a party without rows */
  async find(db: Database, party: Party): Promise<number | undefined> {
    const { rows } = await sql<{ id: number }>`select id from wecom_push.agents where ${isParty(party)}`.execute(db)
    return rows[0]?.id
  }
}

/** The condition for a row of `agents`. An app's row has its agent id, as older versions write it. */
export function isParty({ kind, corpId, partyId }: Party): ReturnType<typeof sql> {
  return kind === "app"
    ? sql`kind = 'app' and corp_id = ${corpId} and agent_id = ${Number(partyId)}`
    : sql`kind = ${kind} and corp_id = ${corpId} and party_id = ${partyId}`
}

/** The party's id in a row of `agents`. */
export const PARTY_ID = "coalesce(party_id, agent_id::text)"
