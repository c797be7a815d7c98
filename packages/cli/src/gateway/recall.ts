import type { CommandFault } from "../command-error.ts"
import type { SettingsRead } from "../config/read-settings.ts"
import type { Context, Outcome } from "../context.ts"
import { exitCode } from "../exit-code.ts"
import { accessError, readAccess } from "./access.ts"
import { GatewayClient } from "./client.ts"
import type { Fields } from "./fields.ts"
import { joined } from "./tell-reason.ts"
import { say } from "./texts.ts"

interface Recalled {
  readonly state: string
  readonly cancelled: number
  readonly calls: readonly RecalledCall[]
}

interface RecalledCall {
  readonly call: number
  readonly result: string
  readonly errcode: number | null
  readonly errmsg: string | null
}

/** Takes back what has gone out of a message, and keeps back what has not. */
export async function recallThroughGateway(
  id: string,
  { read, faults }: { readonly read: SettingsRead; readonly faults: readonly CommandFault[] },
  context: Context,
): Outcome {
  const { language, output } = context
  const reached = await readAccess(read, context)
  const idFaults = isMessageId(id) ? [] : [{ path: "msgid", message: say(language, "badMessageId", { value: id }) }]
  const allFaults = [...faults, ...idFaults]
  if (allFaults.length > 0 || reached.access === undefined) throw accessError(reached, allFaults, context)
  using client = new GatewayClient(reached.access, context)
  const recalled = await client.ask({ method: "POST", path: `/v1/messages/${id}/recall`, body: {} }, readRecalled)
  const isWhole = recalled.calls.every(({ result }) => result === "recalled")
  if (output.json) {
    output.data(JSON.stringify({ ok: isWhole, id, ...recalled, error: null }))
  } else {
    const done = recalled.calls.filter(({ result }) => result === "recalled").length
    if (done > 0) output.note(say(language, "recalledAll", { calls: done }))
    if (recalled.cancelled > 0) output.note(say(language, "cancelledSome", { count: recalled.cancelled }))
    for (const call of recalled.calls) {
      if (call.result !== "recalled") {
        output.complain(say(language, "notRecalled", { call: call.call, what: tellResult(call, language) }))
      }
    }
  }
  return isWhole ? exitCode.ok : exitCode.refused
}

export function isMessageId(id: string): boolean {
  return /^msg_[\w-]{1,100}$/.test(id)
}

function readRecalled(fields: Fields): Recalled {
  return {
    state: fields.text("state"),
    cancelled: fields.number("cancelled"),
    calls: fields.list("calls", (call) => ({
      call: call.number("call"),
      result: call.text("result"),
      errcode: call.numberOrNull("errcode"),
      errmsg: call.textOrNull("errmsg"),
    })),
  }
}

function tellResult({ result, errcode, errmsg }: RecalledCall, language: Context["language"]): string {
  switch (result) {
    case "refused":
      return say(language, "recallRefused", { errcode: errcode ?? "", errmsg: errmsg ?? "" })
    case "expired":
      return say(language, "recallExpired")
    case "in_flight":
      return say(language, "recallInFlight")
    case "unknown":
      return say(language, "recallUnknown")
    case "unreachable":
      return say(language, "recallUnreachable")
    default:
      return joined([result], language)
  }
}
