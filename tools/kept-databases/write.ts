// Keeps the databases that a version has written, for the test that upgrades them: npm run keep-database -- --help
import { spawn, spawnSync } from "node:child_process"
import { randomBytes } from "node:crypto"
import { once } from "node:events"
import { cpSync, mkdirSync, mkdtempDisposableSync, readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { gzipSync } from "node:zlib"
import { startSimulator } from "@wecom-push/simulator"
import { KEPT_MEMBERS } from "../../packages/gateway/src/doors/http/testing/kept/told.ts"
import type { Told } from "../../packages/gateway/src/doors/http/testing/kept/told.ts"
import { startDebianServer } from "../../packages/gateway/src/store/postgres/testing/debian-server.ts"
import { readOptions } from "../options.ts"
import { fill } from "./fill.ts"

const root = join(import.meta.dirname, "../..")
const { values } = readOptions({
  command: "npm run keep-database",
  about:
    "Fills a file and a PostgreSQL (Debian's) by the gateway of a commit, kills it at work, and keeps both beside the test\nthat brings them up to date: packages/gateway/src/doors/http/kept-databases.test.ts.",
  options: {
    commit: { kind: "text", default: "HEAD", help: "whose gateway writes" },
    name: { kind: "text", help: "of the folder that they are kept in; the version and the commit unless given" },
  },
})
const commit = git("rev-parse", "--short=8", values.commit)
const folder = mkdtempDisposableSync(join(tmpdir(), "keep-database-"))
const checkout = join(folder.path, "checkout")
git("worktree", "add", "--detach", "--quiet", checkout, commit)
try {
  run("npm", ["ci", "--no-audit", "--no-fund", "--silent"], checkout)
  const { version } = JSON.parse(readFileSync(join(checkout, "packages/cli/package.json"), "utf8")) as {
    readonly version: string
  }
  const kept = join(root, "packages/gateway/src/doors/http/testing/kept", values.name ?? `${version}-${commit}`)
  mkdirSync(kept, { recursive: true })
  await keepFile(kept, version)
  await keepPostgres(kept, version)
} finally {
  git("worktree", "remove", "--force", checkout)
  folder.remove()
}
// A connection to a killed gateway could keep the process running.
process.exit()

async function keepFile(kept: string, version: string): Promise<void> {
  const file = join(folder.path, "gateway.db")
  const told = await write(`sqlite:${file}`, version)
  {
    // Moves the content of the write-ahead log into the file.
    const db = new DatabaseSync(file)
    db.exec("pragma wal_checkpoint(truncate); pragma journal_mode = delete; vacuum; pragma journal_mode = wal")
    db.close()
  }
  keep(join(kept, "sqlite.db.gz"), gzipSync(readFileSync(file), { level: 9 }))
  cpSync(`${file}.media`, join(kept, "sqlite.media"), { recursive: true })
  keep(join(kept, "sqlite.json"), told)
}

async function keepPostgres(kept: string, version: string): Promise<void> {
  await using server = await startDebianServer()
  server.tool("createdb", "kept")
  const told = await write(server.urlOf("kept"), version)
  const dump = server.tool("pg_dump", "--no-owner", "--no-privileges", "--inserts", "--rows-per-insert=500", "kept")
  // Removes lines that only psql understands.
  keep(join(kept, "postgres.sql.gz"), gzipSync(dump.replaceAll(/^\\.*$/gm, ""), { level: 9 }))
  keep(join(kept, "postgres.json"), told)
}

function keep(path: string, content: Uint8Array | Told): void {
  const bytes = content instanceof Uint8Array ? content : Buffer.from(`${JSON.stringify(content, null, 2)}\n`)
  writeFileSync(path, bytes)
  console.log(`${path}: ${(bytes.length / 1024).toFixed(0)} KB`)
}

/** Writes a database with a gateway of that commit, which is killed while calls are under way. */
async function write(database: string, version: string): Promise<Told> {
  await using simulator = await startSimulator({ members: KEPT_MEMBERS })
  const [adminKey, masterKey] = [`kept-${randomBytes(24).toString("hex")}`, randomBytes(32).toString("hex")]
  const gateway = spawn(
    join(checkout, "node_modules/.bin/node"),
    [join(checkout, "packages/cli/bin/wecom-push.js"), "serve", "--port", "0", "--json"],
    {
      cwd: folder.path,
      stdio: ["ignore", "pipe", "inherit"],
      env: {
        PATH: process.env["PATH"],
        HOME: folder.path,
        LOG_LEVEL: "warn",
        WECOM_API_BASE_URL: simulator.url,
        WECOM_PUSH_DATABASE_URL: database,
        WECOM_PUSH_ADMIN_KEY: adminKey,
        WECOM_PUSH_MASTER_KEY: masterKey,
      },
    },
  )
  const ended = once(gateway, "exit")
  try {
    const [line] = (await Promise.race([once(gateway.stdout, "data"), ended])) as [unknown]
    const { url } = JSON.parse(String(line)) as { readonly url: string }
    const filled = await fill({ url, adminKey, simulator })
    return { version, commit, writtenAt: Date.now(), adminKey, masterKey, ...filled }
  } finally {
    gateway.kill("SIGKILL")
    await ended
  }
}

function git(...words: readonly string[]): string {
  return run("git", words, root).trim()
}

function run(program: string, words: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(program, words, { cwd, encoding: "utf8" })
  if (status !== 0) throw new Error(`${program} ${words.join(" ")}: ${stderr}`)
  return stdout
}
