import { existsSync } from "node:fs"
import { CommandError } from "../command-error.ts"
import { configurationError } from "../config/configuration.ts"
import { readSettings } from "../config/read-settings.ts"
import type { Context } from "../context.ts"
import { exitCode } from "../exit-code.ts"
import type { DatabaseFlags } from "../flags.ts"
import { readLocalConfig } from "./local-config.ts"
import type { LocalConfig } from "./local-config.ts"
import { say } from "./texts.ts"

/** The database of the gateway on this machine. @throws {CommandError} when there is none */
export async function existingDatabase(flags: DatabaseFlags, context: Context): Promise<LocalConfig> {
  const { language } = context
  const read = await readSettings(flags, context)
  const local = await readLocalConfig(
    read,
    { database: flags.database, usualDatabase: "sqlite:./wecom-push.db", isTrial: false },
    context,
  )
  if (local.config === undefined || local.faults.length > 0) {
    throw configurationError({ faults: local.faults, isBlank: false }, [], language)
  }
  // The command that asks there finds out whether one exists elsewhere.
  if (local.database.kind === "postgres" || existsSync(local.database.file)) return local
  throw new CommandError("no_database", exitCode.usage, say(language, "noDatabase", { file: local.databaseShown }), {
    hint: say(language, "noDatabaseHint"),
  })
}
