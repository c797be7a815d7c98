import type { CommandFault } from "../command-error.ts"
import { configurationError, configure } from "../config/configuration.ts"
import { readSettings } from "../config/read-settings.ts"
import { connect } from "../connect.ts"
import type { Context, Outcome } from "../context.ts"
import { exitCode } from "../exit-code.ts"
import type { CardUpdateFlags } from "../flags.ts"
import { unfitFlags } from "../gateway-flags.ts"
import { say } from "../texts.ts"
import { readCardChange } from "./card-change.ts"

/** Changes a card that is on the phones: by its response_code, or, through a gateway, by the id of its message. */
export async function updateCard(given: string, flags: CardUpdateFlags, context: Context): Outcome {
  const { io, language, output } = context
  const code = given.trim()
  const read = await readSettings(flags, context)
  // WeCom's codes look different, so the id itself shows whether gateway or WeCom must be asked.
  const isThrough = code.startsWith("msg_")
  const change = await readCardChange(flags, context)
  const { update, to } = change
  const faults: CommandFault[] = [...unfitFlags(flags, read, language, isThrough), ...change.faults]
  if (code === "") faults.push({ path: "code", message: say(language, "emptyMsgid") })
  if (!isThrough && flags.gateway !== undefined) {
    faults.push({ path: "--gateway", message: say(language, "codeThroughGateway", { code }) })
  }
  for (const { message } of change.warnings) output.warn(message)
  if (isThrough) {
    const { updateCardThroughGateway } = await import("../gateway/update-card.ts")
    const body = { ...to, ...update, ...(flags.strict === false ? { strict: false } : {}) }
    return updateCardThroughGateway(code, { read, body, faults }, context)
  }
  const configured = await configure(read, context)
  const { configuration } = configured
  if (faults.length > 0 || configuration === undefined || update === undefined) {
    throw configurationError(configured, faults, language)
  }
  await using connection = connect(configuration, context, { strict: flags.strict !== false })
  const target = Object.keys(to).length === 0 ? { atall: 1 as const } : to
  const { invaliduser } = await connection.wecom.updateCard(code, update, target, { signal: io.interruption() })
  const isWhole = invaliduser.length === 0
  if (output.json) output.data(JSON.stringify({ ok: isWhole, invalid_users: invaliduser, error: null }))
  else if (isWhole) output.note(say(language, "cardChanged"))
  else output.complain(say(language, "cardKept", { userids: invaliduser.join(", ") }))
  return isWhole ? exitCode.ok : exitCode.refused
}
