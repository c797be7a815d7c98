import type { Migrated } from "@wecom-push/gateway"
import type { Context, Outcome } from "../context.ts"
import { exitCode } from "../exit-code.ts"
import type { DatabaseFlags } from "../flags.ts"
import { existingDatabase } from "./existing-database.ts"
import { startError } from "./start-error.ts"
import { say } from "./texts.ts"

interface MigrateFlags extends DatabaseFlags {
  readonly dryRun?: true
}

/** Brings a database to this version, so that the next start of a gateway finds it ready. */
export async function migrate(flags: MigrateFlags, context: Context): Outcome {
  const { language, output } = context
  const { database, databaseShown } = await existingDatabase(flags, context)
  const { migrateDatabase } = await import("@wecom-push/gateway")
  const dryRun = flags.dryRun === true
  let migrated: Migrated
  try {
    migrated = await migrateDatabase(database, {
      dryRun,
      onMigrating: (at) => {
        if (at.step === undefined) return
        const { step, number, of, seconds } = at
        output.note(say(language, "migrating", { step, number, of, seconds }))
      },
    })
  } catch (error) {
    throw await startError(error, language)
  }
  const { from, to, steps } = migrated
  if (output.json) {
    output.data(JSON.stringify({ ok: true, database: databaseShown, from, to, steps, dry_run: dryRun, error: null }))
    return exitCode.ok
  }
  const values = { database: databaseShown, from, to }
  if (steps.length === 0) output.note(say(language, "isUpToDate", values))
  else if (dryRun) output.note(say(language, "wouldMigrate", { ...values, steps: steps.join(", ") }))
  else output.note(say(language, "migrated", values))
  return exitCode.ok
}
