import { sql } from "kysely"
import type { Priority } from "../../domain/message.ts"
import { toPriority } from "../message-row.ts"
import type { Jobs } from "./jobs.ts"
import { findAlive } from "./nodes.ts"
import type { Transactions } from "./transactions.ts"

export interface TakeoverDeps {
  readonly transactions: Transactions
  readonly jobs: Jobs
}

interface LeftBehind {
  readonly seq: number
  readonly job: string
  readonly worker: number
  readonly priority: Priority
}

/**
 * Gives the jobs of nodes that have died to others, long before their heartbeats have ended: with its session a node loses
 * the lock that says it lives. A node that has only lost its session is told by the fence, and repeats nothing that
 * another has begun.
 * @returns how many
 */
export async function takeOver({ transactions, jobs }: TakeoverDeps): Promise<number> {
  const left = await transactions.read(async (db) => {
    // Jumps from node to node in the index.
    const { rows: workers } = await sql<{ worker: number }>`with recursive found as (
        select min(worker) as worker from wecom_push.messages where worker is not null union all
        select (select min(messages.worker) from wecom_push.messages where messages.worker > found.worker)
        from found where found.worker is not null
      ) select worker from found where worker is not null`.execute(db)
    const nodes = workers.map(({ worker }) => worker)
    const alive = await findAlive(db, nodes)
    const dead = nodes.filter((node) => !alive.has(node))
    if (dead.length === 0) return []
    const { rows } = await sql<{ seq: number; job: string; worker: number; priority: number }>`
      select seq, job, worker, priority
      from wecom_push.messages where worker = any(${dead}::integer[]) and job is not null limit ${AT_ONCE}`.execute(db)
    return rows.map((row): LeftBehind => ({ ...row, priority: toPriority({ ...row }) }))
  })
  // All at once: a node may have had a thousand at work.
  for (const [priority, ofIt] of Map.groupBy(left, ({ priority }) => priority)) {
    const ids = ofIt.map(({ job }) => job)
    await transactions.read((db) => jobs.release(db, priority, ids))
  }
  if (left.length === 0) return 0
  // Somebody may have fetched one by now, and works on it.
  await transactions.single((db) =>
    sql`with freed as (
        select seq from wecom_push.messages join unnest(${left.map(({ seq }) => seq)}::bigint[],
          ${left.map(({ job }) => job)}::uuid[], ${left.map(({ worker }) => worker)}::integer[]) as was (seq, job, worker)
          using (seq, job, worker)
        order by seq for update of messages
      )
      update wecom_push.messages set worker = null from freed where messages.seq = freed.seq`.execute(db),
  )
  return left.length
}

const AT_ONCE = 1000
