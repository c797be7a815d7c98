import type { Context, Outcome } from "../context.ts"
import { exitCode } from "../exit-code.ts"
import type { GatewayFlags } from "../flags.ts"
import { say as sayCommon } from "../texts.ts"
import { requireAccess } from "./access.ts"
import { GatewayClient } from "./client.ts"
import { messageIdFaults } from "./status.ts"
import { splitList } from "./split-list.ts"
import { say } from "./texts.ts"

/** The states that a gateway can set back to pending. */
const retryable = [
  "failed",
  "in_doubt",
  "not_found",
  "invalid",
  "unlicensed",
  "cancelled",
  "expired",
  "not_opened",
] as const

/**
 * The states tried without `--state`: those whose cause may be gone. Repeating one in doubt is the user's decision, so
 * it must be named.
 */
const usual = ["failed", "not_found"] as const

interface RetryFlags extends GatewayFlags {
  readonly state?: readonly string[]
}

/** Tries the recipients in some states once more. */
export async function retry(id: string, flags: RetryFlags, context: Context): Outcome {
  const { language, output } = context
  const states = splitList(flags.state ?? usual)
  const unknown = states.filter((state) => !retryable.some((one) => one === state))
  const faults = unknown.map((value) => ({
    path: "--state",
    message: sayCommon(language, "notOneOf", { value, allowed: retryable.join(", ") }),
  }))
  const access = await requireAccess(flags, context, [...messageIdFaults(id, context), ...faults])
  using client = new GatewayClient(access, context)
  const question = { method: "POST", path: `/v1/messages/${id}/retry`, body: { states: [...new Set(states)] } } as const
  const { retried, state } = await client.ask(question, (fields) => ({
    retried: fields.number("retried"),
    state: fields.text("state"),
  }))
  if (output.json) output.data(JSON.stringify({ ok: true, id, state, retried, error: null }))
  else output.note(say(language, "retried", { count: retried, id }))
  return exitCode.ok
}
