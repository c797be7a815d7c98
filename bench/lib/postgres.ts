import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from "node:fs"
import { loadavg, tmpdir } from "node:os"
import { join } from "node:path"
import { startCluster } from "../../packages/gateway/src/store/postgres/testing/cluster.ts"
import { openTmpdir } from "../../tools/testing/open-tmpdir.ts"
import { median } from "./rounds.ts"

/** A PostgreSQL that writes each commit to the disk before it is answered, and otherwise has default settings. */
export interface BenchPostgres extends AsyncDisposable {
  /** Makes an empty database. @returns its URL */
  newDatabase(name: string): Promise<string>
  /** Executes a statement in the database `postgres`. @returns the rows */
  admin(statement: string): Promise<readonly Readonly<Record<string, unknown>>[]>
  /** The server's version, the load of the machine, and the time of its disk, for a note beside figures that depend on these. */
  conditions(): string
}

/** @param settings beside those that make it durable */
export async function startPostgres(settings: readonly string[] = []): Promise<BenchPostgres> {
  const cluster = await startCluster([...DURABLE, ...settings], openTmpdir())
  const [version] = await cluster.admin("show server_version")
  return {
    async newDatabase(name) {
      await cluster.admin(`create database ${name}`)
      return `postgres://postgres:postgres@/${name}?host=${encodeURIComponent(cluster.socketFolder)}&port=5432`
    },
    admin: (statement) => cluster.admin(statement),
    conditions: () =>
      `PostgreSQL ${String(version?.["server_version"])}, load ${(loadavg()[0] ?? NaN).toFixed(1)}, a sync of the disk ${syncMs().toFixed(2)} ms at the median`,
    [Symbol.asyncDispose]: () => cluster.stop(),
  }
}

/** The time to sync eight kilobytes that were added to a file. */
function syncMs(): number {
  const file = join(tmpdir(), `wecom-push-bench-sync-${process.pid}`)
  const handle = openSync(file, "w")
  const page = Buffer.alloc(8192, 1)
  const took: number[] = []
  for (let n = 0; n < 100; n++) {
    writeSync(handle, page)
    const startedAt = performance.now()
    fdatasyncSync(handle)
    took.push(performance.now() - startedAt)
  }
  closeSync(handle)
  rmSync(file)
  return median(took)
}

const DURABLE = ["fsync=on", "synchronous_commit=on", "full_page_writes=on"]
