// Judges a run by the driver's log, the simulator's ledger, the gateway's API and its database, and by nothing else.
// Prints a table; `--json` prints counts and faults instead. Exits 1 when anything is wrong.
import { writeFileSync } from "node:fs"
import { parseArgs } from "node:util"
import { readHistory } from "../history.ts"
import { gatherCalls, gatherTold } from "./gather.ts"
import { printed } from "./print.ts"
import { nodesIn } from "./posts.ts"
import { judgePostgres } from "./store-postgres.ts"
import { judgeStore } from "./store.ts"
import { judge } from "./verdict.ts"

const { values } = parseArgs({
  options: {
    log: { type: "string" },
    simulator: { type: "string" },
    gateway: { type: "string" },
    database: { type: "string" },
    "kills-per-phase": { type: "string", default: "0" },
    "takeover-ms": { type: "string", default: "2000" },
    json: { type: "boolean", default: false },
  },
})
const { log = "", simulator = "", gateway = "", database = "" } = values
const SQLITE = "sqlite:"
const killsPerPhase = Number(values["kills-per-phase"])

const happenings = readHistory(log)
const [calls, told] = await Promise.all([
  gatherCalls(simulator),
  gatherTold({ url: gateway, key: process.env["CHAOS_ADMIN_KEY"] ?? "" }),
])
// Kept so that a bad run can be examined, and judged again.
writeFileSync(`${log}.evidence.json`, JSON.stringify({ calls, told: [...told.values()] }))
const storeFaults = database.startsWith(SQLITE)
  ? judgeStore(database.slice(SQLITE.length))
  : await judgePostgres(database, nodesIn(happenings))
const evidence = { happenings, calls, told }
const verdict = judge(evidence, { storeFaults, killsPerPhase, takeoverMs: Number(values["takeover-ms"]) })
console.log(
  values.json
    ? JSON.stringify({ ...verdict.counts, faults: verdict.faults })
    : printed(verdict, evidence, killsPerPhase),
)
process.exitCode = verdict.isGood ? 0 : 1
