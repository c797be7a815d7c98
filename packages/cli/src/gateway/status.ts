import type { CommandFault } from "../command-error.ts"
import type { Context, Outcome } from "../context.ts"
import type { GatewayFlags } from "../flags.ts"
import type { Output } from "../output.ts"
import { recipientsJson } from "../send/recipient-table.ts"
import { requireAccess } from "./access.ts"
import { awaitMessage } from "./await-message.ts"
import { callsOf } from "./calls.ts"
import { GatewayClient } from "./client.ts"
import { localTime } from "./local-time.ts"
import { messageStateWord } from "./message-state-word.ts"
import type { MessageView } from "./message-view.ts"
import { outcomeExitCode } from "./outcome-exit-code.ts"
import { recipientsOf } from "./recipients.ts"
import { isMessageId } from "./recall.ts"
import { readWait } from "./send/delivery.ts"
import { tellProblem } from "./tell-reason.ts"
import { tellRecipients } from "./tell-recipients.ts"
import { say } from "./texts.ts"

interface StatusFlags extends GatewayFlags {
  readonly wait?: string
}

/** The outcome of a message so far, and of each person it is for; with `--wait` once it is finished. */
export async function status(id: string, flags: StatusFlags, context: Context): Outcome {
  const { language, output } = context
  const wait = readWait(flags.wait, 0, language)
  const access = await requireAccess(flags, context, [...messageIdFaults(id, context), ...wait.faults])
  using client = new GatewayClient(access, context)
  const message = await awaitMessage(client, id, wait.waitMs, context)
  const recipients = await recipientsOf(client, message, output.json)
  const code = outcomeExitCode(message)
  if (output.json) {
    const calls = await callsOf(client, id)
    const rows = recipientsJson(recipients).map((row, index) => ({
      ...row,
      delayed_until: recipients[index]?.delayedUntil ?? null,
    }))
    const { raw } = message
    output.data(JSON.stringify({ ok: code === 0, message: raw, recipients: rows, calls, error: null }))
    return code
  }
  tellHead(message, output)
  for (const warning of message.warnings) output.warn(warning)
  tellRecipients(message, recipients, output)
  if (message.problem !== null) output.complain(tellProblem(message.problem, language))
  return code
}

/** A typo is found before a request is made. */
export function messageIdFaults(id: string, { language }: Context): readonly CommandFault[] {
  return isMessageId(id) ? [] : [{ path: "id", message: say(language, "badMessageId", { value: id }) }]
}

function tellHead(message: MessageView, output: Output): void {
  const { language, paintData } = output
  const { app, msgtype, priority, state } = message
  const about = say(language, "messageHead", { app, msgtype, priority })
  output.data(`${paintData("bold", message.id)}  ${messageStateWord(state, language)}  ${paintData("dim", about)}`)
  const times = [say(language, "acceptedAt", { time: localTime(message.createdAt) })]
  if (message.finishedAt !== null) times.push(say(language, "finishedAt", { time: localTime(message.finishedAt) }))
  else {
    if (state === "scheduled") times.push(say(language, "sendAt", { time: localTime(message.sendAt) }))
    times.push(say(language, "expiresAt", { time: localTime(message.expiresAt) }))
  }
  times.push(say(language, "callCount", { count: message.calls }))
  output.data(paintData("dim", times.join(" · ")))
}
