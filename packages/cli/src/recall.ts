import { CommandError } from "./command-error.ts"
import { configurationError, configure } from "./config/configuration.ts"
import { connect } from "./connect.ts"
import type { Context, Outcome } from "./context.ts"
import { exitCode } from "./exit-code.ts"
import { refuseLaterFlags } from "./later-flags.ts"
import type { RecallFlags } from "./program.ts"
import { say } from "./texts.ts"

/** Takes a message back from everybody who got it with this msgid. */
export async function recall(given: string, flags: RecallFlags, context: Context): Outcome {
  const { io, language, output } = context
  refuseLaterFlags(flags, language)
  const msgid = given.trim()
  const configured = await configure(flags, context)
  const { configuration } = configured
  const faults = msgid === "" ? [{ path: "msgid", message: say(language, "emptyMsgid") }] : []
  if (faults.length > 0 || configuration === undefined) throw configurationError(configured, faults, language)
  if (msgid.startsWith("msg_")) {
    throw new CommandError("not_in_this_version", exitCode.usage, say(language, "gatewayMsgid"))
  }
  await using connection = connect(configuration, context)
  const { wecom } = connection
  await wecom.recall(msgid, { signal: io.interruption() })
  if (output.json) output.data(JSON.stringify({ ok: true, msgid, error: null }))
  else output.note(say(language, "recalled"))
  return exitCode.ok
}
