// Upgrades on a full disk, until one start succeeds. It runs in a process of its own, whose mounts no other process
// sees: the given folder is a small disk by then. Prints the starts as JSON.
import { subscribe } from "node:diagnostics_channel"
import { chownSync, cpSync, existsSync, rmSync, statfsSync, statSync, truncateSync, writeFileSync } from "node:fs"
import { basename, join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { startGateway, StartRefusal } from "@wecom-push/gateway"
import { Client } from "pg"
import { RESTORE } from "../../../../gateway/src/doors/http/testing/kept/restore.ts"
import type { Told } from "../../../../gateway/src/doors/http/testing/kept/told.ts"
import { newDatabase } from "../../../../gateway/src/store/postgres/testing/cluster.ts"
import { TemporaryFolder } from "../../../../gateway/src/store/testing/open-store.ts"

export interface FullDiskStart {
  /** The code of the refusal; null for a start that succeeded. */
  readonly code: string | null
  readonly en: string
  readonly zh: string
  /** Whether the tables are still those of the older version. */
  readonly isUnchanged: boolean
}

const [, , store = "", disk = ""] = process.argv
const MOST_STARTS = 80

{
  await using used = new AsyncDisposableStack()
  const starts = store === "SQLite" ? await ofFile(used) : await ofDatabase(used)
  process.stdout.write(JSON.stringify(starts))
}
process.exit()

/** Each start has two pages of disk more than the one before. */
async function ofFile(used: AsyncDisposableStack): Promise<readonly FullDiskStart[]> {
  const kept = used.use(await placeFile())
  const starts: FullDiskStart[] = []
  const filler = fillDisk()
  while (starts.length < MOST_STARTS && starts.at(-1)?.code !== null) {
    starts.push(await tryStart(kept))
    truncateSync(filler, statSync(filler).size - 2 * 4096)
  }
  return starts
}

/** Each start gets one step further before the disk is full, because the space that a start has taken is not freed at once. */
async function ofDatabase(used: AsyncDisposableStack): Promise<readonly FullDiskStart[]> {
  const kept = used.use(await placeDatabase())
  const starts: FullDiskStart[] = []
  let left = 0
  subscribe("wecom-push:point", (message) => {
    if ((message as { readonly point: string }).point === "migrate.step" && --left === 0) fillDisk()
  })
  while (starts.length < MOST_STARTS && starts.at(-1)?.code !== null) {
    left = starts.length
    if (left === 0) fillDisk()
    starts.push(await tryStart(kept))
    rmSync(join(disk, "filler"), { force: true })
  }
  return starts
}

/** Fills the disk to its last block. */
function fillDisk(): string {
  const { bavail, bsize } = statfsSync(disk)
  const filler = join(disk, "filler")
  writeFileSync(filler, Buffer.alloc(bavail * bsize, "x"))
  return filler
}

interface Placed extends AsyncDisposable {
  readonly url: string
  readonly told: Told
  readonly version: () => Promise<unknown>
}

async function tryStart({ url, told, version }: Placed): Promise<FullDiskStart> {
  const before = await version()
  const refusal = await refusalOfStart(url, told)
  const { code = null, problem = { en: "", zh: "" } } = refusal ?? {}
  return { code, ...problem, isUnchanged: (await version()) === before }
}

async function refusalOfStart(url: string, { adminKey, masterKey }: Told): Promise<StartRefusal | undefined> {
  try {
    await using _ = await startGateway({
      environment: {
        WECOM_PUSH_DATABASE_URL: url,
        WECOM_PUSH_ADMIN_KEY: adminKey,
        WECOM_PUSH_MASTER_KEY: masterKey,
        WECOM_PUSH_DATABASE_WAIT_SECONDS: "0",
      },
      port: 0,
      baseUrl: "http://127.0.0.1:9",
      logTo: { write: () => {} },
    })
    return undefined
  } catch (error) {
    if (error instanceof StartRefusal) return error
    throw error
  }
}

async function placeFile(): Promise<Placed> {
  const { told, url, ...rest } = await RESTORE.SQLite("0.1.0")
  const from = url.replace("sqlite:", "")
  const file = join(disk, "gateway.db")
  cpSync(from, file)
  cpSync(`${from}.media`, `${file}.media`, { recursive: true })
  const version = (): Promise<unknown> => {
    // Reads a copy outside the full disk, since reading creates a file too.
    using folder = new TemporaryFolder()
    for (const part of [file, `${file}-wal`].filter(existsSync)) cpSync(part, join(folder.path, basename(part)))
    using db = new DatabaseSync(folder.file())
    return Promise.resolve(db.prepare("pragma user_version").get()?.["user_version"])
  }
  return { ...rest, told, url: `sqlite:${file}`, version }
}

async function placeDatabase(): Promise<Placed> {
  await using used = new AsyncDisposableStack()
  const cluster = used.use(await newDatabase())
  // The user that runs the server must own the folder.
  const { uid, gid } = statSync(String(await valueAt(cluster.url, "show data_directory")))
  chownSync(disk, uid, gid)
  await valueAt(cluster.url, `create tablespace small location '${disk}'`)
  const kept = await RESTORE.PostgreSQL("0.1.0", "tablespace small")
  const version = (): Promise<unknown> => valueAt(kept.url, "select count(*) from wecom_push.kysely_migration")
  return { ...kept, version }
}

async function valueAt(url: string, statement: string): Promise<unknown> {
  const client = new Client(url)
  await client.connect()
  try {
    const { rows } = await client.query<Readonly<Record<string, unknown>>>(statement)
    return Object.values(rows[0] ?? {})[0]
  } finally {
    await client.end()
  }
}
