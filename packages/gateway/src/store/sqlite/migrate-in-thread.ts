import { moduleBeside, WorkerThread } from "../../threads/worker-thread.ts"
import { MigrationWatch } from "../migration-watch.ts"
import type { OnMigrating } from "../migration-watch.ts"
import { SCHEMA_VERSION } from "./migrate.ts"
import { refusals } from "./refusals.ts"

export type MigrateReply = { readonly step: string } | Ended
type Ended = "done" | "stopped"

export interface MigrateOrder {
  readonly file: string
  /** Its first element is 1 when the migration shall stop: the thread receives no messages while it works. */
  readonly stop: Int32Array
}

export interface MigrateInThreadOptions {
  readonly file: string
  /** Version of the tables; not 0. */
  readonly from: number
  readonly onMigrating: OnMigrating
  /** Stops it when the running step ends. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Migrates a file of an older version, which nothing else may use meanwhile.
 * @throws {StartRefusal} `migration_failed`, with the step
 */
export async function migrateInThread({ file, from, onMigrating, signal }: MigrateInThreadOptions): Promise<Ended> {
  const { stepsAfter } = await import("./migrations/all.ts")
  using watch = new MigrationWatch({ steps: stepsAfter(from), from, to: SCHEMA_VERSION, onMigrating })
  const migrated = Promise.withResolvers<Ended>()
  const workerData: MigrateOrder = { file, stop: new Int32Array(new SharedArrayBuffer(4)) }
  const stop = (): void => void Atomics.store(workerData.stop, 0, 1)
  if (signal?.aborted === true) stop()
  signal?.addEventListener("abort", stop)
  const thread = new WorkerThread<never, MigrateReply>({
    name: "migration",
    module: moduleBeside(import.meta.url, "migrate-thread"),
    workerData,
    onReply: (reply) => (typeof reply === "string" ? migrated.resolve(reply) : watch.begin(reply.step)),
    onFailure: migrated.reject,
  })
  try {
    const ended = await migrated.promise
    if (ended === "done") watch.done()
    return ended
  } catch (error) {
    throw refusals.migrationFailed(file, watch.step, error)
  } finally {
    signal?.removeEventListener("abort", stop)
    await thread.end()
  }
}
