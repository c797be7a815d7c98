import type { CommandFault } from "../command-error.ts"
import { configurationError } from "../config/configuration.ts"
import { canConfirm, confirm } from "../confirm.ts"
import type { Context, Outcome } from "../context.ts"
import { exitCode } from "../exit-code.ts"
import type { GatewayFlags } from "../flags.ts"
import { requireAccess } from "./access.ts"
import type { GatewayAccess } from "./access.ts"
import { GatewayClient } from "./client.ts"
import type { Fields } from "./fields.ts"
import { messageStateWord } from "./message-state-word.ts"
import { messageIdFaults } from "./status.ts"
import { say } from "./texts.ts"

interface CancelFlags extends GatewayFlags {
  readonly allOfKey?: string
  readonly allOfApp?: string
  readonly yes?: true
}

/** Cancels what has not been sent: of one message, or of all unfinished messages of a key or an app. */
export async function cancel(id: string | undefined, flags: CancelFlags, context: Context): Outcome {
  const { allOfKey, allOfApp } = flags
  const wanted = [id, allOfKey, allOfApp].filter((one) => one !== undefined)
  const faults: readonly CommandFault[] =
    wanted.length === 1 ? [] : [{ path: "id", message: say(context.language, "cancelOneOfThem") }]
  const idFaults = id === undefined ? [] : messageIdFaults(id, context)
  const access = await requireAccess(flags, context, [...faults, ...idFaults])
  if (id !== undefined) return cancelMessage(id, access, context)
  const body = allOfKey === undefined ? { app: allOfApp } : { key_id: allOfKey }
  if (flags.yes !== true) await confirmCancelling(allOfKey ?? allOfApp ?? "", context)
  return cancelAll(body, access, context)
}

async function cancelMessage(id: string, access: GatewayAccess, context: Context): Outcome {
  const { language, output } = context
  using client = new GatewayClient(access, context)
  const question = { method: "POST", path: `/v1/messages/${id}/cancel`, body: {} } as const
  const { cancelled, state } = await client.ask(question, (fields) => ({
    cancelled: fields.number("cancelled"),
    state: fields.text("state"),
  }))
  if (output.json) output.data(JSON.stringify({ ok: true, id, state, cancelled, error: null }))
  else output.note(say(language, "cancelled", { count: cancelled, state: messageStateWord(state, language) }))
  return exitCode.ok
}

const FLAGS = { "/app": "--all-of-app", "/key_id": "--all-of-key" }

interface CancelledAll {
  readonly messages: number
  readonly recipients: number
  readonly left: readonly { readonly id: string; readonly code: string }[]
  readonly leftCount: number
  readonly more: boolean
}

/** The gateway answers after ten seconds at most; it is asked again while messages are left and some of them end. */
async function cancelAll(body: object, access: GatewayAccess, context: Context): Outcome {
  const { language, output } = context
  using client = new GatewayClient(access, context)
  let all: CancelledAll = { messages: 0, recipients: 0, left: [], leftCount: 0, more: true }
  for (let isMoving = true; all.more && isMoving;) {
    const some = await client.ask({ method: "POST", path: "/v1/messages/cancel", body, flags: FLAGS }, readCancelled)
    all = {
      messages: all.messages + some.messages,
      recipients: all.recipients + some.recipients,
      // Those that the last request left: earlier ones were asked about again.
      left: some.left,
      leftCount: some.leftCount,
      more: some.more,
    }
    isMoving = some.messages > 0
    if (all.more && !output.json) output.note(say(language, "cancelledSoFar", { messages: all.messages }))
  }
  const { messages, recipients, left, leftCount, more } = all
  const ok = leftCount === 0 && !more
  if (output.json) {
    const counts = { messages, recipients, not_cancelled: left, not_cancelled_count: leftCount, more }
    output.data(JSON.stringify({ ok, ...counts, error: null }))
  } else {
    output.note(say(language, "cancelledAll", { messages, recipients }))
    for (const { id: message, code } of left) output.complain(say(language, "notCancelled", { id: message, code }))
  }
  return ok ? exitCode.ok : exitCode.refused
}

function readCancelled(fields: Fields): CancelledAll {
  return {
    messages: fields.number("messages"),
    recipients: fields.number("recipients"),
    left: fields.list("not_cancelled", (one) => ({ id: one.text("id"), code: one.text("code") })),
    leftCount: fields.number("not_cancelled_count"),
    more: fields.flag("more"),
  }
}

/** @throws {CommandError} when there is no terminal to ask at, or the answer is no */
async function confirmCancelling(name: string, context: Context): Promise<void> {
  const { language } = context
  if (!canConfirm(context)) {
    const fault = { path: "--yes", message: say(language, "cancelAllNeedsYes") }
    throw configurationError({ faults: [], isBlank: false }, [fault], language)
  }
  await confirm(say(language, "askCancelAll", { name }), say(language, "nothingCancelled"), context)
}
