import type { CommandFault } from "../command-error.ts"
import type { SettingsRead } from "../config/read-settings.ts"
import type { Context, Outcome } from "../context.ts"
import { exitCode } from "../exit-code.ts"
import type { ExitCode } from "../exit-code.ts"
import { clientFor } from "./client-for.ts"
import type { GatewayClient } from "./client.ts"
import type { Fields } from "./fields.ts"
import { Progress } from "../send/progress.ts"
import { pause } from "./pause.ts"
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

/** Recalls what was sent of a message, and cancels the rest. */
export async function recallThroughGateway(
  id: string,
  { read, faults }: { readonly read: SettingsRead; readonly faults: readonly CommandFault[] },
  context: Context,
): Outcome {
  const { language, output } = context
  const idFaults = isMessageId(id) ? [] : [{ path: "msgid", message: say(language, "badMessageId", { value: id }) }]
  using client = await clientFor(read, [...faults, ...idFaults], context)
  const path = `/v1/messages/${id}/recall`
  const recalled = await client.ask({ method: "POST", path, body: {} }, (fields, { status }) =>
    status === 202 ? undefined : readRecalled(fields),
  )
  if (recalled === undefined) return tellLongRecall(id, await awaitRecall(client, path, context), context)
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

/** For a message with many calls the gateway answers before it has recalled them, so the progress is asked for. */
async function awaitRecall(client: GatewayClient, path: string, context: Context): Promise<LongRecall> {
  const progress = new Progress(context)
  try {
    for (;;) {
      const recall = await client.ask({ path }, readLongRecall)
      if (recall.hasEnded) return recall
      const done = [...recall.results.values()].reduce((sum, count) => sum + count, 0)
      progress.update({ stage: "wait", done, total: recall.total })
      await pause(LOOK_EVERY_MS, context)
    }
  } finally {
    progress.end()
  }
}

function tellLongRecall(
  id: string,
  { total, cancelled, results }: LongRecall,
  { output, language }: Context,
): ExitCode {
  const isWhole = [...results].every(([result, count]) => result === "recalled" || count === 0)
  if (output.json) {
    const calls = { total, ...Object.fromEntries(results) }
    output.data(JSON.stringify({ ok: isWhole, id, cancelled, calls, error: null }))
    return isWhole ? exitCode.ok : exitCode.refused
  }
  const done = results.get("recalled") ?? 0
  if (done > 0) output.note(say(language, "recalledAll", { calls: done }))
  if (cancelled > 0) output.note(say(language, "cancelledSome", { count: cancelled }))
  for (const [result, count] of results) {
    if (result === "recalled" || count === 0) continue
    const what =
      result === "refused"
        ? say(language, "recallRefusedSome")
        : tellResult({ result, errcode: null, errmsg: null }, language)
    output.complain(say(language, "notRecalledSome", { count, what }))
  }
  return isWhole ? exitCode.ok : exitCode.refused
}

interface LongRecall {
  readonly hasEnded: boolean
  readonly total: number
  readonly cancelled: number
  /** The number of calls by their result. */
  readonly results: ReadonlyMap<string, number>
}

function readLongRecall(fields: Fields): LongRecall {
  const calls = fields.object("calls")
  return {
    hasEnded: fields.text("recall") === "ended",
    total: calls.number("total"),
    cancelled: fields.number("cancelled"),
    results: new Map(RESULTS.map((result) => [result, calls.number(result)])),
  }
}

const RESULTS = ["recalled", "refused", "expired", "in_flight", "unknown", "unreachable"]
const LOOK_EVERY_MS = 500

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

function tellResult({ result, errcode, errmsg }: Omit<RecalledCall, "call">, language: Context["language"]): string {
  switch (result) {
    case "refused":
      return say(language, "recallRefused", { errcode: errcode ?? "", errmsg: errmsg ?? "" })
    case "expired":
      return say(language, "recallExpired")
    case "in_flight":
      return say(language, "recallInFlight")
    case "unknown":
      return say(language, "recallUnknown")
    case "unreachable": {
      if (errmsg === null) return say(language, "recallUnreachable")
      return say(language, "recallNotAsked", { errmsg: errcode === null ? errmsg : `${errcode} ${errmsg}` })
    }
    default:
      return joined([result], language)
  }
}
