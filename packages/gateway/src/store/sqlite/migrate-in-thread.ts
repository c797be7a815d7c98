import { moduleBeside, WorkerThread } from "../../threads/worker-thread.ts"
import { MigrationWatch } from "../migration-watch.ts"
import type { OnMigrating } from "../migration-watch.ts"
import { SCHEMA_VERSION } from "./migrate.ts"
import { refusals } from "./refusals.ts"

export type MigrateReply = { readonly step: string } | "done"

export interface MigrateInThreadOptions {
  readonly file: string
  /** Version of the tables; not 0. */
  readonly from: number
  readonly onMigrating: OnMigrating
}

/**
 * Migrates a file of an older version, which nothing else may use meanwhile.
 * @throws {StartRefusal} `migration_failed`, with the step
 */
export async function migrateInThread({ file, from, onMigrating }: MigrateInThreadOptions): Promise<void> {
  const { stepsAfter } = await import("./migrations/all.ts")
  using watch = new MigrationWatch({ steps: stepsAfter(from), from, to: SCHEMA_VERSION, onMigrating })
  const migrated = Promise.withResolvers<void>()
  const thread = new WorkerThread<never, MigrateReply>({
    name: "migration",
    module: moduleBeside(import.meta.url, "migrate-thread"),
    workerData: file,
    onReply: (reply) => (reply === "done" ? migrated.resolve() : watch.begin(reply.step)),
    onFailure: migrated.reject,
  })
  try {
    await migrated.promise
  } catch (error) {
    throw refusals.migrationFailed(file, watch.step, error)
  } finally {
    await thread.end()
  }
  watch.done()
}
