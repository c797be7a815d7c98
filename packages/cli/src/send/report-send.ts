import type { RecipientOutcome, SendResult, WeComError } from "@wecom-push/sdk"
import type { Context } from "../context.ts"
import { exitCode } from "../exit-code.ts"
import type { ExitCode } from "../exit-code.ts"
import type { Output } from "../output.ts"
import { complain, errorJson } from "../report-failure.ts"
import { say } from "../texts.ts"
import { countStates, explainStates, recipientsJson, stateTable } from "./recipient-table.ts"

/**
 * Tells what became of everybody, and returns the exit code that says the same. `error` is what ended the send, or
 * kept some of it from going out.
 */
export function reportSend(result: SendResult, error: WeComError | undefined, { output, language }: Context): ExitCode {
  const { recipients } = result
  if (output.json) {
    output.data(JSON.stringify(sendJson(result, error, output)))
    return exitCodeOf(result, error)
  }
  // When nobody got it for one and the same reason, that reason is all there is to say.
  if (error === undefined || recipients.some(({ state }) => state !== "failed")) {
    stateTable(recipients, output)
    explainStates(
      recipients.filter((recipient) => !isExplainedBy(error, recipient)),
      output,
    )
    if (recipients.length > 1 && !output.quiet) countStates(recipients, output)
    if (!output.quiet) tellHandles(result, output)
  }
  if (error?.code === "aborted") {
    const isAnythingOut = recipients.some(({ state }) => state === "sent" || state === "in_doubt")
    output.complain(say(language, isAnythingOut ? "interruptedSome" : "interruptedNothing"))
  } else if (error !== undefined) {
    complain(error, output)
  }
  return exitCodeOf(result, error)
}

/** The error below says the same in more words. */
function isExplainedBy(error: WeComError | undefined, { state, errcode }: RecipientOutcome): boolean {
  return error !== undefined && (state === "failed" || state === "in_doubt") && errcode === error.errcode
}

/** 4 beats 1, 1 beats 3. */
function exitCodeOf({ ok, recipients }: SendResult, error: WeComError | undefined): ExitCode {
  if (error?.code === "aborted") return exitCode.interrupted
  if (ok) return exitCode.ok
  if (recipients.some(({ state }) => state === "in_doubt")) return exitCode.inDoubt
  const isNobodyToBlame = error !== undefined && recipients.every(({ state }) => state === "failed")
  return isNobodyToBlame ? exitCode.notSent : exitCode.refused
}

function sendJson(result: SendResult, error: WeComError | undefined, { language }: Output): Record<string, unknown> {
  return {
    ok: result.ok,
    recipients: recipientsJson(result.recipients),
    calls: result.calls.map(({ msgid, response_code, errcode }) => ({
      msgid: msgid ?? null,
      response_code: response_code ?? null,
      errcode: errcode ?? null,
    })),
    error: error === undefined ? null : errorJson(error, language),
  }
}

/** More calls than this are for `--json`. */
const maxHandles = 10

/** What recall and card updates need. */
function tellHandles({ calls }: SendResult, output: Output): void {
  const { language, paintData } = output
  for (const { msgid, response_code } of calls.slice(0, maxHandles)) {
    if (msgid !== undefined) output.data(paintData("dim", say(language, "msgidOf", { msgid })))
    if (response_code !== undefined) {
      output.data(paintData("dim", say(language, "responseCodeOf", { code: response_code })))
    }
  }
  if (calls.length > maxHandles) output.note(say(language, "moreCalls", { count: calls.length - maxHandles }))
}
