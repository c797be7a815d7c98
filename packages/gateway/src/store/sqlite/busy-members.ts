import type { DatabaseSync, StatementSync } from "node:sqlite"
import type { BusyMember, BusyMembers, BusyMembersTold } from "../../ports/busy-members.ts"
import type { Agents } from "./agents.ts"
import type { GroupCommit } from "./group-commit.ts"
import { integer, text } from "../row.ts"

export class SqliteBusyMembers implements BusyMembers {
  readonly #commit: GroupCommit
  readonly #agents: Agents
  readonly #note: StatementSync
  readonly #since: StatementSync
  readonly #completeFrom: number

  /** @param now from when on they are told of where none were before */
  constructor(db: DatabaseSync, commit: GroupCommit, agents: Agents, now: number) {
    this.#commit = commit
    this.#agents = agents
    this.#note = db.prepare(`insert into busy_members (agent, member, count, at) values (?1, ?2, ?3, ?4)
      on conflict do update set count = ?3, at = ?4`)
    this.#since = db.prepare(`select corp_id, agent_id, member, count, at
      from busy_members join agents on agents.id = agent where at >= ?`)
    db.prepare("insert into meta (name, value) values ('busy_members_from', ?) on conflict do nothing").run(now)
    const from = db.prepare("select value from meta where name = 'busy_members_from'").get() ?? {}
    this.#completeFrom = integer(from, "value")
  }

  note({ agent, member, count, at }: BusyMember): Promise<void> {
    return this.#commit.submit({
      kind: "inside",
      work: (after) => {
        this.#note.run(this.#agents.idOf(agent, after), member, count, at)
      },
    })
  }

  since(at: number): Promise<BusyMembersTold> {
    return Promise.try(() => ({
      completeFrom: this.#completeFrom,
      members: this.#since.all(at).map((row) => ({
        agent: { corpId: text(row, "corp_id"), agentId: integer(row, "agent_id") },
        member: text(row, "member"),
        count: integer(row, "count"),
        at: integer(row, "at"),
      })),
    }))
  }
}
