import type { DatabaseSync, StatementSync } from "node:sqlite"
import { agentKey } from "../../domain/agent.ts"
import type { Agent } from "../../domain/agent.ts"
import type { AfterCommit } from "./group-commit.ts"
import { integer } from "../row.ts"

/** Numbers for the agents that rows belong to. They stay when no app is of the agent any more. */
export class Agents {
  readonly #row: StatementSync
  readonly #add: StatementSync
  readonly #ids = new Map<string, number>()

  constructor(db: DatabaseSync) {
    this.#row = db.prepare("select id from agents where corp_id = ? and agent_id = ?")
    this.#add = db.prepare("insert into agents (corp_id, agent_id) values (?, ?)")
  }

  /** Inside a transaction. */
  idOf(agent: Agent, after: AfterCommit): number {
    const known = this.#ids.get(agentKey(agent))
    if (known !== undefined) return known
    const id = this.find(agent) ?? Number(this.#add.run(agent.corpId, agent.agentId).lastInsertRowid)
    // Not before: the transaction may be taken back, and the number be another agent's then.
    after(() => this.#ids.set(agentKey(agent), id))
    return id
  }

  /** @returns undefined for one that nothing belongs to */
  find({ corpId, agentId }: Agent): number | undefined {
    const row = this.#row.get(corpId, agentId)
    return row === undefined ? undefined : integer(row, "id")
  }
}
