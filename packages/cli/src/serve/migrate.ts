import type { Migrated } from "@wecom-push/gateway"
import type { Context, Outcome } from "../context.ts"
import { exitCode } from "../exit-code.ts"
import type { DatabaseFlags } from "../flags.ts"
import { CommandError } from "../command-error.ts"
import { existingDatabase } from "./existing-database.ts"
import { onceAborted } from "../once-aborted.ts"
import { startError } from "./start-error.ts"
import { say } from "./texts.ts"

interface MigrateFlags extends DatabaseFlags {
  readonly dryRun?: true
}

/** Brings a database to this version, so that the next start of a gateway finds it ready. */
export async function migrate(flags: MigrateFlags, context: Context): Outcome {
  const { io, language, output } = context
  const signal = io.interruption()
  const { database, databaseShown } = await existingDatabase(flags, context)
  const { migrateDatabase } = await import("@wecom-push/gateway")
  const dryRun = flags.dryRun === true
  using _ = onceAborted(signal, () => output.note(say(language, "migrateStopping")))
  let migrated: Migrated
  try {
    migrated = await migrateDatabase(database, {
      dryRun,
      signal,
      onMigrating: (at) => {
        if (at.step === undefined) return
        const { step, number, of, seconds } = at
        output.note(say(language, "migrating", { step, number, of, seconds }))
      },
    })
  } catch (error) {
    throw await startError(error, language)
  }
  const { from, to, steps, isStopped } = migrated
  if (isStopped) {
    const message = say(language, "migrateStopped", { database: databaseShown, from })
    throw new CommandError("aborted", exitCode.interrupted, message, { hint: say(language, "migrateStoppedHint") })
  }
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
