import type { DatabaseSync, StatementSync } from "node:sqlite"
import { partyKey } from "../../model/party.ts"
import type { Party } from "../../model/party.ts"
import type { AfterCommit } from "./group-commit.ts"
import { integer } from "../row.ts"

/**
 * Numbers of the parties that rows belong to, in columns called `agent`. A number stays when the party has no app any
 * more.
 */
export class Parties {
  readonly #row: StatementSync
  readonly #add: StatementSync
  readonly #ids = new Map<string, number>()

  constructor(db: DatabaseSync) {
    this.#row = db.prepare("select id from parties where kind = ? and corp_id = ? and party_id = ?")
    this.#add = db.prepare("insert into parties (kind, corp_id, party_id) values (?, ?, ?)")
  }

  /** Inside a transaction. */
  idOf(party: Party, after: AfterCommit): number {
    const known = this.#ids.get(partyKey(party))
    if (known !== undefined) return known
    const { kind, corpId, partyId } = party
    const id = this.find(party) ?? Number(this.#add.run(kind, corpId, partyId).lastInsertRowid)
    // Not before: the transaction may be rolled back, and the number could then become another party's.
    after(() => this.#ids.set(partyKey(party), id))
    return id
  }

  /** @returns undefined for a party without rows */
  find({ kind, corpId, partyId }: Party): number | undefined {
    const row = this.#row.get(kind, corpId, partyId)
    return row === undefined ? undefined : integer(row, "id")
  }
}
