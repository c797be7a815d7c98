import { sql } from "kysely"
import { agentKey } from "../../domain/agent.ts"
import type { Agent } from "../../domain/agent.ts"
import type { Database } from "./connection.ts"
import type { AfterCommit, Tx } from "./transactions.ts"

/** Numbers for the agents that rows belong to. They stay when no app is of the agent any more. */
export class Agents {
  readonly #ids = new Map<string, number>()

  async idOf(tx: Tx, agent: Agent, after: AfterCommit): Promise<number> {
    const known = this.#ids.get(agentKey(agent))
    if (known !== undefined) return known
    const { corpId, agentId } = agent
    // Another node may add it at the same moment, and be seen only after its commit.
    await sql`insert into wecom_push.agents (corp_id, agent_id) values (${corpId}, ${agentId})
      on conflict do nothing`.execute(tx)
    const id = (await this.find(tx, agent)) ?? 0
    // Not before: the transaction may be taken back.
    after(() => this.#ids.set(agentKey(agent), id))
    return id
  }

  /** @returns undefined for one that nothing belongs to */
  async find(db: Database, { corpId, agentId }: Agent): Promise<number | undefined> {
    const { rows } = await sql<{ id: number }>`select id from wecom_push.agents
      where corp_id = ${corpId} and agent_id = ${agentId}`.execute(db)
    return rows[0]?.id
  }
}
