import type { RecipientOutcome, SendResult, WeComError } from "@wecom-push/sdk"
import type { CommandError, CommandFault } from "../command-error.ts"
import type { Context } from "../context.ts"
import { exitCode } from "../exit-code.ts"
import type { ExitCode } from "../exit-code.ts"
import type { Output } from "../output.ts"
import { complain, errorJson, isWeComError } from "../report-failure.ts"
import { say } from "../texts.ts"
import { isWorthRepeating } from "./not-sent.ts"
import { countStates, explainStates, recipientsJson, stateTable } from "./recipient-table.ts"

type EndOfSend = WeComError | CommandError

export interface SendReport {
  /** The warnings of the message; they have been printed already. */
  readonly warnings: readonly CommandFault[]
  /** The file that lists the recipients who may be tried again. */
  readonly notSentFile?: string | undefined
  /** Whether a recipient was sent to, or may have been, before this run. */
  readonly isEarlier?: (recipient: RecipientOutcome) => boolean
}

/**
 * Prints the outcome of each recipient, and returns the matching exit code. `error` ended the send, or stopped a part
 * of it.
 */
export function reportSend(
  result: SendResult,
  error: EndOfSend | undefined,
  context: Context,
  { warnings, notSentFile, isEarlier = () => false }: SendReport,
): ExitCode {
  const { output } = context
  const exit = exitCodeOf(result, error, isEarlier)
  if (output.json) output.data(JSON.stringify(sendJson(result, error, warnings, output)))
  else tellSend(result, error, notSentFile, context)
  if (notSentFile !== undefined) {
    const count = result.recipients.filter(isWorthRepeating).length
    output.complain(say(output.language, "notSentFile", { count, path: notSentFile }))
  }
  return exit
}

function tellSend(
  result: SendResult,
  error: EndOfSend | undefined,
  notSentFile: string | undefined,
  { output, language }: Context,
): void {
  const { recipients } = result
  // When all recipients failed for the same reason, only that reason is printed.
  if (error === undefined || recipients.some(({ state }) => state !== "failed")) {
    stateTable(notSentFile === undefined ? recipients : exceptListed(recipients), output)
    explainStates(
      recipients.filter((recipient) => !isExplainedBy(error, recipient)),
      output,
    )
    if (recipients.length > 1 && !output.quiet) countStates(recipients, output)
    if (!output.quiet) tellHandles(result, output)
  }
  if (error?.code === "aborted") {
    const sent = recipients.reduce((count, { state }) => count + (state === "sent" ? 1 : 0), 0)
    const isInDoubt = recipients.some(({ state }) => state === "in_doubt")
    if (sent > 0) output.complain(say(language, "interruptedCount", { sent, total: recipients.length }))
    else output.complain(say(language, isInDoubt ? "interruptedSome" : "interruptedNothing"))
  } else if (error !== undefined) {
    complain(error, output)
    if (areLookUpsClosed(recipients)) output.complain(say(language, "unknownNumbers"))
  }
}

/** WeCom may have closed look-ups for the unknown numbers. */
function areLookUpsClosed(recipients: readonly RecipientOutcome[]): boolean {
  return (
    recipients.some(({ reason }) => reason === "lookup_paused") &&
    recipients.some(({ type, state }) => type === "mobile" && state === "not_found")
  )
}

/** Recipients that are listed in a file are not printed as well when they are many. */
function exceptListed(recipients: readonly RecipientOutcome[]): readonly RecipientOutcome[] {
  const others = recipients.filter((recipient) => !isWorthRepeating(recipient))
  return recipients.length - others.length > maxListed ? others : recipients
}

const maxListed = 50

/** The error below says the same in more words. */
function isExplainedBy(error: EndOfSend | undefined, { state, errcode }: RecipientOutcome): boolean {
  return isWeComError(error) && (state === "failed" || state === "in_doubt") && errcode === error.errcode
}

/** Where several exit codes fit, 4 comes before 1, and 1 before 3. */
function exitCodeOf(
  { ok, recipients }: SendResult,
  error: EndOfSend | undefined,
  isEarlier: (recipient: RecipientOutcome) => boolean,
): ExitCode {
  if (error?.code === "aborted") return exitCode.interrupted
  if (ok) return exitCode.ok
  if (recipients.some(({ state }) => state === "in_doubt")) return exitCode.inDoubt
  const isNobodyToBlame =
    error !== undefined && recipients.every((recipient) => recipient.state === "failed" || isEarlier(recipient))
  return isNobodyToBlame ? exitCode.notSent : exitCode.refused
}

function sendJson(
  result: SendResult,
  error: EndOfSend | undefined,
  warnings: readonly CommandFault[],
  { language }: Output,
): Record<string, unknown> {
  return {
    ok: result.ok,
    recipients: recipientsJson(result.recipients),
    calls: result.calls.map(({ msgid, response_code, errcode }) => ({
      msgid: msgid ?? null,
      response_code: response_code ?? null,
      errcode: errcode ?? null,
    })),
    error: error === undefined ? null : errorJson(error, language),
    ...(warnings.length === 0 ? {} : { warnings }),
  }
}

/** Only `--json` shows more calls than this. */
const maxHandles = 10

/** Prints the ids that recall and card updates need. */
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
