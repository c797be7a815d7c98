// Upgrades a database of an old version with a year of messages: measures the first start of this version, and checks its log.
// Ends with 1 if a promise does not hold. Its options: npm run year-old -- --help
import { spawn } from "node:child_process"
import { once } from "node:events"
import { cpSync, statSync } from "node:fs"
import { createInterface } from "node:readline"
import { setTimeout as sleep } from "node:timers/promises"
import { readOptions } from "../tools/options.ts"
import { GROW } from "../packages/gateway/src/doors/http/testing/kept/grow.ts"
import { loadDump, RESTORE } from "../packages/gateway/src/doors/http/testing/kept/restore.ts"
import type { Told } from "../packages/gateway/src/doors/http/testing/kept/told.ts"
import { Folder } from "./lib/gateway/start.ts"
import { endWithUs, packed } from "./lib/packed.ts"
import { startPostgres } from "./lib/postgres.ts"

const { values } = readOptions({
  command: "npm run year-old",
  about:
    "How soon a database of an old version, with a year of messages in it, is ready after the first start of this one.",
  options: {
    messages: { kind: "count", default: 1_000_000, help: "that have ended, over a year" },
    from: { kind: "text", default: "0.1.0", help: "which of the kept databases it grows from" },
    store: { kind: "text", oneOf: ["SQLite", "PostgreSQL"], help: "both unless given" },
  },
})
const READY_WITHIN_MS = 30_000
const SAID_EVERY_MS = 5000

console.log((await packed()).describe())
let broken = 0
if (values.store !== "PostgreSQL") await onFile()
if (values.store !== "SQLite") await onServer()
// Exits explicitly, because the package that starts PostgreSQL fails in a normal exit.
process.exit(broken === 0 ? 0 : 1)

async function onFile(): Promise<void> {
  await using folder = await Folder.make()
  await using kept = await RESTORE.SQLite(values.from)
  const from = kept.url.replace("sqlite:", "")
  // Copied to the disk, where users have their database.
  cpSync(from, folder.databaseFile)
  cpSync(`${from}.media`, `${folder.databaseFile}.media`, { recursive: true })
  const url = `sqlite:${folder.databaseFile}`
  await GROW.SQLite(url, { messages: values.messages, days: 360 })
  await start(folder, url, kept.told, `SQLite, ${(statSync(folder.databaseFile).size / 1e6).toFixed(0)} MB`)
}

async function onServer(): Promise<void> {
  await using folder = await Folder.make()
  await using postgres = await startPostgres()
  const url = await postgres.newDatabase("gateway")
  const told = await loadDump(values.from, url)
  await GROW.PostgreSQL(url, { messages: values.messages, days: 360 })
  await start(folder, url, told, postgres.conditions())
}

async function start(folder: Folder, databaseUrl: string, told: Told, where: string): Promise<void> {
  const { command } = await packed()
  const startedAt = performance.now()
  const child = spawn(process.execPath, [command, "serve", "--port", "0", "--json"], {
    cwd: folder.path,
    env: {
      PATH: process.env["PATH"],
      XDG_CACHE_HOME: folder.path,
      WECOM_PUSH_DATABASE_URL: databaseUrl,
      WECOM_PUSH_ADMIN_KEY: told.adminKey,
      WECOM_PUSH_MASTER_KEY: told.masterKey,
      WECOM_PUSH_RETENTION_DAYS: "400",
      WECOM_API_BASE_URL: "http://127.0.0.1:9",
    },
    stdio: ["ignore", "pipe", "pipe"],
  })
  endWithUs(child)
  const saidAt: number[] = [0]
  createInterface(child.stderr).on("line", (line) => {
    const { step, msg } = JSON.parse(line) as { readonly step?: string; readonly msg: string }
    const at = performance.now() - startedAt
    if (msg === "the database is being upgraded" || msg === "the database is up to date" || msg === "gateway started") {
      saidAt.push(at)
      console.log(`  ${(at / 1000).toFixed(2)} s: ${msg} ${step ?? ""}`)
    }
  })
  const [line] = (await once(createInterface(child.stdout), "line")) as [string]
  const { url } = JSON.parse(line) as { readonly url: string }
  while ((await fetch(`${url}/readyz`)).status !== 200) await sleep(20)
  const readyMs = performance.now() - startedAt
  child.kill("SIGKILL")
  await once(child, "exit")
  const what = `${values.messages} messages from ${values.from} on ${where}`
  tell(`${what}: ready after`, readyMs / 1000, READY_WITHIN_MS / 1000)
  const silences = saidAt.map((at, n) => (saidAt[n + 1] ?? readyMs) - at)
  tell("  the longest time for which its log said nothing of it", Math.max(...silences) / 1000, SAID_EVERY_MS / 1000)
}

function tell(what: string, seconds: number, below: number): void {
  if (seconds >= below) broken++
  console.log(`${seconds < below ? "ok  " : "FAIL"} ${what}: ${seconds.toFixed(2)} s, below ${below}`)
}
