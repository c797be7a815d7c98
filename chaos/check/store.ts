import { DatabaseSync } from "node:sqlite"
import { Findings } from "./findings.ts"
import type { Fault } from "./evidence.ts"

/** Judges the database itself, once the gateway has nothing left to do: intact, nothing under way, no row without its owner. */
export function judgeStore(file: string): Fault[] {
  const findings = new Findings()
  using db = new DatabaseSync(file, { readOnly: true })
  for (const row of db.prepare("pragma integrity_check").all()) {
    const told = String(row["integrity_check"])
    if (told !== "ok") findings.add("store", "integrity_check complains", told)
  }
  for (const [what, sql] of Object.entries(MUST_BE_NONE)) {
    const count = Number(db.prepare(`select count(*) as n from (${sql})`).get()?.["n"])
    if (count > 0) findings.add("store", what, "database", count)
  }
  return findings.list()
}

const MUST_BE_NONE: Readonly<Record<string, string>> = {
  "messages that are not finished": "select 1 from messages where state = 'open'",
  "calls in flight": "select 1 from calls where in_flight_by is not null and final = 0",
  "calls that are not final": "select 1 from calls where final = 0",
  "final calls without a result": "select 1 from calls where final = 1 and result is null",
  "chunks of no message": "select 1 from chunks where message not in (select seq from messages)",
  "calls of no message": "select 1 from calls where message not in (select seq from messages)",
  "attempts of no call":
    "select 1 from attempts a where not exists (select 1 from calls c where c.message = a.message and c.number = a.call)",
  "idempotency records of no message": "select 1 from idempotency where message not in (select id from messages)",
  "guards of no message": "select 1 from bodies where message not in (select id from messages)",
  "slices of messages that never became whole": "select 1 from staging",
}
