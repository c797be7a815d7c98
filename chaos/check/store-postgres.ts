import { setTimeout as sleep } from "node:timers/promises"
import { Client } from "pg"
import { NODE_LOCKS } from "../../packages/gateway/src/store/postgres/locks.ts"
import { Findings } from "./findings.ts"
import type { Fault } from "./evidence.ts"

/**
 * Judges the database that several gateways share, once they have nothing left to do: nothing is under way, there is no job of
 * a turn and no row without its owner, and each gateway that runs counts as alive.
 * @param running how many gateways run
 * @param settleMs for how long it looks again, because a turn that has just ended leaves its job for a moment
 */
export async function judgePostgres(url: string, running: number, settleMs = SETTLE_MS): Promise<Fault[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    const end = performance.now() + settleMs
    for (;;) {
      const faults = await look(client, running)
      if (faults.length === 0 || performance.now() > end) return faults
      await sleep(250)
    }
  } finally {
    await client.end()
  }
}

async function look(client: Client, running: number): Promise<Fault[]> {
  const findings = new Findings()
  for (const [what, sql] of Object.entries(MUST_BE_NONE)) {
    const { rows } = await client.query<{ n: number }>(`select count(*)::integer as n from (${sql}) as found`)
    const count = rows[0]?.n ?? 0
    if (count > 0) findings.add("store", what, "database", count)
  }
  const { rows } = await client.query(ALIVE)
  if (rows.length < running) {
    findings.add("store", "gateways that run and count as dead", "database", running - rows.length)
  }
  return findings.list()
}

const ALIVE = `select distinct objid from pg_locks where locktype = 'advisory' and objsubid = 2 and granted
  and classid = ${NODE_LOCKS}::bigint::oid and database = (select oid from pg_database where datname = current_database())`

const MUST_BE_NONE: Readonly<Record<string, string>> = {
  "messages that are not finished": "select 1 from wecom_push.messages where state = 'open'",
  "finished messages that have a turn":
    "select 1 from wecom_push.messages where state <> 'open' and (job is not null or due_at is not null)",
  "calls in flight": "select 1 from wecom_push.calls where flight is not null and not final",
  "calls that are not final": "select 1 from wecom_push.calls where not final",
  "final calls without a result": "select 1 from wecom_push.calls where final and result is null and host is null",
  "chunks of no message": `select 1 from wecom_push.chunks where message not in (select seq from wecom_push.messages)
    and message not in (select message from wecom_push.staging)`,
  "calls of no message": "select 1 from wecom_push.calls where message not in (select seq from wecom_push.messages)",
  "attempts of no call": `select 1 from wecom_push.attempts a where not exists
    (select 1 from wecom_push.calls c where c.message = a.message and c.number = a.call)`,
  "idempotency records of no message":
    "select 1 from wecom_push.idempotency where message not in (select id from wecom_push.messages)",
  "guards of no message": "select 1 from wecom_push.bodies where message not in (select id from wecom_push.messages)",
  // The next upkeep deletes those of dead nodes.
  "slices of messages that never became whole": `select 1 from wecom_push.staging where exists
    (select 1 from pg_locks where locktype = 'advisory' and classid = ${NODE_LOCKS}::bigint::oid and objid::bigint = node)`,
  "jobs of turns that are over":
    "select 1 from wecom_push_jobs.job where name like 'turns%' and state in ('created', 'retry', 'active')",
}

/** A turn's job ends a moment after its message. */
const SETTLE_MS = 15_000
