import type { MadeAdminKey } from "@wecom-push/gateway"
import type { Context, Outcome } from "../context.ts"
import { exitCode } from "../exit-code.ts"
import type { DatabaseFlags } from "../flags.ts"
import { existingDatabase } from "./existing-database.ts"
import { startError } from "./start-error.ts"
import { say } from "./texts.ts"

/**
 * Makes an admin key in the database itself, for an administrator who has lost theirs: write access to the database is proof
 * enough. A gateway that is running on it takes the key at once.
 */
export async function newAdminKey(flags: DatabaseFlags, context: Context): Outcome {
  const { io, language, output } = context
  const { database, databaseShown } = await existingDatabase(flags, context)
  const { makeAdminKey } = await import("@wecom-push/gateway")
  let made: MadeAdminKey
  try {
    made = await makeAdminKey(database, (io.clock ?? Date).now())
  } catch (error) {
    throw await startError(error, language)
  }
  const { id, key } = made
  if (output.json) {
    output.data(JSON.stringify({ ok: true, id, key, database: databaseShown, error: null }))
    return exitCode.ok
  }
  output.note(say(language, "adminKeyMade", { id, file: databaseShown }))
  output.data(key)
  output.note(say(language, "olderKeysStay"))
  return exitCode.ok
}
