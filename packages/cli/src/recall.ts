import type { CommandFault } from "./command-error.ts"
import { configurationError, configure } from "./config/configuration.ts"
import { readSettings } from "./config/read-settings.ts"
import { connect } from "./connect.ts"
import type { Context, Outcome } from "./context.ts"
import { exitCode } from "./exit-code.ts"
import type { AccessFlags } from "./flags.ts"
import { unfitFlags } from "./gateway-flags.ts"
import { say } from "./texts.ts"

/** Takes a message back from everybody who got it with this msgid, or, through a gateway, all of a message. */
export async function recall(given: string, flags: AccessFlags, context: Context): Outcome {
  const { io, language, output } = context
  const msgid = given.trim()
  const read = await readSettings(flags, context)
  // WeCom's msgids look otherwise, so that the id itself says who is to be asked.
  const isThrough = msgid.startsWith("msg_")
  const faults: CommandFault[] = [...unfitFlags(flags, read, language, isThrough)]
  if (msgid === "") faults.push({ path: "msgid", message: say(language, "emptyMsgid") })
  if (!isThrough && flags.gateway !== undefined) {
    faults.push({ path: "--gateway", message: say(language, "msgidThroughGateway", { msgid }) })
  }
  if (isThrough) {
    const { recallThroughGateway } = await import("./gateway/recall.ts")
    return recallThroughGateway(msgid, { read, faults }, context)
  }
  const configured = await configure(read, context)
  const { configuration } = configured
  if (faults.length > 0 || configuration === undefined) throw configurationError(configured, faults, language)
  await using connection = connect(configuration, context)
  const { wecom } = connection
  await wecom.recall(msgid, { signal: io.interruption() })
  if (output.json) output.data(JSON.stringify({ ok: true, msgid, error: null }))
  else output.note(say(language, "recalled"))
  return exitCode.ok
}
