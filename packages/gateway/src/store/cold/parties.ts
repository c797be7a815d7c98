import { partyKey } from "../../model/party.ts"
import type { Party } from "../../model/party.ts"
import { afterwards } from "./work.ts"
import type { Work } from "./work.ts"

/** The rows of parties. PostgreSQL keeps them in the table to which older versions write agents. */
export interface PartyRows {
  find(party: Party): Work<number | undefined>
  /** Adds a party unless it has a row. Waits while another node is adding it. */
  add(party: Party): Work<void>
}

/**
 * The numbers of parties, to which rows refer in columns called `agent`. A number stays when the party no longer has an
 * app.
 */
export class Parties {
  readonly #rows: PartyRows
  readonly #ids = new Map<string, number>()

  constructor(rows: PartyRows) {
    this.#rows = rows
  }

  /** Called within a change. */
  *idOf(party: Party): Work<number> {
    const there = yield* this.find(party)
    if (there !== undefined) return there
    yield* this.#rows.add(party)
    const added = yield* this.find(party)
    if (added === undefined) throw new Error("a party was added and is not there")
    return added
  }

  /** @returns undefined for a party without rows */
  *find(party: Party): Work<number | undefined> {
    const known = this.#ids.get(partyKey(party))
    if (known !== undefined) return known
    const id = yield* this.#rows.find(party)
    // Not earlier: the change may be rolled back, and the number could then become another party's.
    if (id !== undefined) yield* afterwards(() => this.#ids.set(partyKey(party), id))
    return id
  }
}
