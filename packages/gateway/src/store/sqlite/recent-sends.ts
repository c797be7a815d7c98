import { setImmediate as nextTurn } from "node:timers/promises"
import type { DatabaseSync, StatementSync } from "node:sqlite"
import type { RecentSend } from "../../ports/reader.ts"
import { LONGEST_ATTEMPT_MS } from "../../domain/longest-attempt.ts"
import { integer, optionalText, text } from "./row.ts"

/**
 * Finds calls by time without an index of their own, which every call would pay for: what happened of late is at the
 * end of the event log, what is not finished is few.
 */
export class RecentSends {
  readonly #events: StatementSync
  readonly #open: StatementSync
  readonly #seq: StatementSync
  readonly #calls: StatementSync

  constructor(db: DatabaseSync) {
    this.#events = db.prepare("select id, at, message from events where id < ? order by id desc limit ?")
    this.#open = db.prepare("select seq from messages where state = 'open' and seq > ? order by seq limit ?")
    this.#seq = db.prepare("select seq from messages where id = ?")
    // What a crash cut off may have arrived long after it began, and no answer tells when.
    this.#calls =
      db.prepare(`select corp_id, agent_id, body, coalesce(calls.finished_at, started_at + ${LONGEST_ATTEMPT_MS}) as sent_at
      from calls join agents on agents.id = coalesce(calls.agent, (select agents.id from agents
        join apps using (corp_id, agent_id) join messages on messages.app = apps.name where messages.seq = calls.message))
      where calls.message = ? and started_at >= ? and host is null and (result = 'accepted' or may_have_arrived or flight is not null)`)
  }

  async since(at: number, visit: (send: RecentSend) => void): Promise<void> {
    const seen = new Set<number>()
    for await (const seqs of this.#candidates(at)) {
      for (const seq of seqs) {
        if (seen.has(seq)) continue
        seen.add(seq)
        for (const row of this.#calls.iterate(seq, at - LONGEST_ATTEMPT_MS)) {
          const agent = { corpId: text(row, "corp_id"), agentId: integer(row, "agent_id") }
          visit({ agent, body: text(row, "body"), at: integer(row, "sent_at") })
        }
      }
      await nextTurn()
    }
  }

  async *#candidates(at: number): AsyncGenerator<readonly number[]> {
    for (let before = Number.MAX_SAFE_INTEGER; ;) {
      const page = this.#events.all(before, PAGE)
      const recent = page.filter((row) => integer(row, "at") >= at)
      yield recent.flatMap((row) => {
        const message = optionalText(row, "message")
        const found = message === undefined ? undefined : this.#seq.get(message)
        return found === undefined ? [] : [integer(found, "seq")]
      })
      if (recent.length < PAGE) break
      before = integer(page.at(-1) ?? {}, "id")
    }
    for (let after = -1; ;) {
      const seqs = this.#open.all(after, PAGE).map((row) => integer(row, "seq"))
      yield seqs
      if (seqs.length < PAGE) break
      after = seqs.at(-1) ?? after
    }
  }
}

const PAGE = 500
