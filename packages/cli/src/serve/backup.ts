import { existsSync } from "node:fs"
import { dirname, resolve } from "node:path"
import { CommandError } from "../command-error.ts"
import type { Context, Outcome } from "../context.ts"
import { exitCode } from "../exit-code.ts"
import type { DatabaseFlags } from "../flags.ts"
import { existingDatabase } from "./existing-database.ts"
import { onceAborted } from "../once-aborted.ts"
import { say } from "./texts.ts"

/** Copies the database of a gateway on this machine, whether one is running on it or not. */
export async function backup(file: string, flags: DatabaseFlags, context: Context): Outcome {
  const { io, language, output } = context
  const signal = io.interruption()
  const { database, databaseShown, config } = await existingDatabase(flags, context)
  if (database.kind === "postgres") {
    const message = say(language, "backupOfPostgres", { database: databaseShown })
    throw new CommandError("usage", exitCode.usage, message, { hint: say(language, "backupOfPostgresHint") })
  }
  const to = resolve(io.cwd, file)
  if (existsSync(to)) throw new CommandError("usage", exitCode.usage, say(language, "backupExists", { file }))
  if (!existsSync(dirname(to))) {
    const message = say(language, "backupFolder", { folder: dirname(to) })
    throw new CommandError("usage", exitCode.usage, message, { hint: say(language, "backupFolderHint") })
  }
  const { backupDatabase } = await import("@wecom-push/gateway")
  using _ = onceAborted(signal, () => output.note(say(language, "backupStopping", { file })))
  try {
    await backupDatabase(database.file, to, (io.clock ?? Date).now(), signal)
  } catch (error) {
    if (signal.aborted && error === signal.reason) {
      throw new CommandError("aborted", exitCode.interrupted, say(language, "backupStopped"))
    }
    if (isTaken(error)) {
      throw new CommandError("backup_under_way", exitCode.notSent, say(language, "backupUnderWay", { file }), {
        hint: say(language, "backupUnderWayHint"),
      })
    }
    const isForeign = isOfAnother(error)
    const message = error instanceof Error ? error.message : String(error)
    const what = isForeign ? say(language, "notOurDatabase", { file: databaseShown }) : message
    throw new CommandError("backup_failed", exitCode.notSent, say(language, "backupFailed", { what }), {
      hint: say(language, isForeign ? "noDatabaseHint" : "backupFailedHint"),
    })
  }
  if (output.json) {
    output.data(JSON.stringify({ ok: true, database: databaseShown, file, error: null }))
    return exitCode.ok
  }
  output.note(say(language, "backedUp", { from: databaseShown, to: file }))
  output.note(
    config?.masterKey === undefined
      ? say(language, "keepMasterKey", { file: `${databaseShown}.key` })
      : say(language, "keepMasterKeyVariable"),
  )
  return exitCode.ok
}

/** Another process makes a backup of this name. */
function isTaken(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "locked"
}

/** No database at all, or without the gateway's tables. */
function isOfAnother(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && (error.errcode === NOTADB || error.errcode === NO_TABLE)
}

const NO_TABLE = 1
const NOTADB = 26
