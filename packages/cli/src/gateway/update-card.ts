import type { CommandFault } from "../command-error.ts"
import type { SettingsRead } from "../config/read-settings.ts"
import type { Context, Outcome } from "../context.ts"
import { exitCode } from "../exit-code.ts"
import { say as sayCommon } from "../texts.ts"
import { clientFor } from "./client-for.ts"
import type { Fields } from "./fields.ts"
import { isMessageId } from "./recall.ts"
import { joined } from "./tell-reason.ts"
import { say } from "./texts.ts"

interface Asked {
  readonly read: SettingsRead
  readonly body: Readonly<Record<string, unknown>>
  readonly faults: readonly CommandFault[]
}

/** Changes the card of a message; the gateway knows the codes of its calls and presses. */
export async function updateCardThroughGateway(id: string, { read, body, faults }: Asked, context: Context): Outcome {
  const { language, output } = context
  const idFaults = isMessageId(id) ? [] : [{ path: "code", message: say(language, "badMessageId", { value: id }) }]
  using client = await clientFor(read, [...faults, ...idFaults], context)
  const calls = await client.ask({ method: "POST", path: `/v1/messages/${id}/card`, body }, (fields) =>
    fields.list("calls", readCall),
  )
  const isWhole = calls.every(({ result, invalid_users }) => result === "updated" && invalid_users.length === 0)
  if (output.json) output.data(JSON.stringify({ ok: isWhole, id, calls, error: null }))
  else if (isWhole) output.note(sayCommon(language, "cardChanged"))
  else for (const call of calls) complainOf(call, context)
  if (calls.some(({ result }) => result === "unknown")) return exitCode.inDoubt
  return isWhole ? exitCode.ok : exitCode.refused
}

type CardCall = ReturnType<typeof readCall>

function readCall(call: Fields) {
  return {
    call: call.numberOrNull("call"),
    code: call.textOrNull("code"),
    userids: call.raw["userids"] === null ? null : call.texts("userids"),
    result: call.text("result"),
    errcode: call.numberOrNull("errcode"),
    errmsg: call.textOrNull("errmsg"),
    invalid_users: call.texts("invalid_users"),
  }
}

function complainOf(given: CardCall, { output, language }: Context): void {
  const { call, userids, result, invalid_users: kept } = given
  if (kept.length > 0) output.complain(sayCommon(language, "cardKept", { userids: kept.join(", ") }))
  if (result === "updated") return
  const what = tellResult(given, language)
  const who = userids === null ? "" : userids.join(", ")
  if (who !== "") output.complain(joined([who, what], language))
  else output.complain(call === null ? what : say(language, "notRecalled", { call, what }))
}

function tellResult({ result, errcode, errmsg }: CardCall, language: Context["language"]): string {
  switch (result) {
    case "refused":
      return say(language, "cardRefused", { errcode: errcode ?? "", errmsg: errmsg ?? "" })
    case "unreachable":
      return say(language, "cardUnreachable")
    case "unknown":
      return say(language, "cardUnknown")
    case "no_code":
      return say(language, "cardNoCode")
    case "not_a_recipient":
      return say(language, "cardNotRecipient")
    default:
      return result
  }
}
