import type { CommandFault } from "../../command-error.ts"
import type { Context } from "../../context.ts"
import { exitCode } from "../../exit-code.ts"
import type { ExitCode } from "../../exit-code.ts"
import type { Output } from "../../output.ts"
import { complain, errorJson } from "../../report-failure.ts"
import { recipientsJson } from "../../send/recipient-table.ts"
import { GatewayError } from "../gateway-error.ts"
import { localTime } from "../local-time.ts"
import type { MessageView } from "../message-view.ts"
import { isFinished } from "../message-view.ts"
import { tellRecipients } from "../tell-recipients.ts"
import { tellProblem } from "../tell-reason.ts"
import { say } from "../texts.ts"
import { outcomeExitCode } from "../outcome-exit-code.ts"
import type { Outcome } from "./outcome.ts"

export interface SentThrough extends Outcome {
  readonly idempotencyKey: string
  readonly waitMs: number
  /** The warnings of the message; they have been printed already. */
  readonly warnings: readonly CommandFault[]
}

/** Prints the outcome of each recipient as a direct send does, and returns the matching exit code. */
export function reportOutcome(sent: SentThrough, { output }: Context): ExitCode {
  const { id, message, recipients, calls, idempotencyKey, warnings } = sent
  const error = errorOf(sent, output)
  const code = error?.code === "aborted" ? exitCode.interrupted : exitCodeOf(message)
  if (output.json) {
    output.data(
      JSON.stringify({
        ok: code === exitCode.ok,
        recipients: recipientsJson(recipients),
        calls,
        error: error === undefined ? null : errorJson(error, output.language),
        id,
        state: message?.state ?? null,
        idempotency_key: idempotencyKey,
        ...(warnings.length === 0 ? {} : { warnings }),
      }),
    )
    return code
  }
  if (message !== undefined) tellRecipients(message, recipients, output)
  if (message?.state === "scheduled") {
    output.note(say(output.language, "scheduledFor", { id, time: localTime(message.sendAt) }))
  }
  if (!output.quiet) output.data(output.paintData("dim", say(output.language, "messageIdOf", { id })))
  if (error?.code === "pending") {
    output.complain(error.message)
    if (error.hint !== "") output.complain(error.hint)
  } else if (error !== undefined) complain(error, output)
  return code
}

function exitCodeOf(message: MessageView | undefined): ExitCode {
  return message === undefined ? exitCode.inDoubt : outcomeExitCode(message)
}

/** Why there is no outcome yet, or the fault of the message as a whole. */
function errorOf({ id, message, trouble, waitMs }: SentThrough, { language }: Output): GatewayError | undefined {
  if (trouble?.code === "aborted") {
    const text = say(language, "interruptedWaiting", { id })
    return new GatewayError("aborted", exitCode.interrupted, text, { mayHaveArrived: true })
  }
  if (message === undefined) {
    const what = trouble?.message ?? ""
    const { hint = "", code = "" } = trouble ?? {}
    return new GatewayError(code, exitCode.inDoubt, say(language, "outcomeUnknown", { id, what }), {
      hint,
      mayHaveArrived: true,
    })
  }
  const { problem } = message
  const cause = problem === null ? "" : tellProblem(problem, language)
  if (isFinished(message)) {
    const isWhole = problem !== null && message.counts.get("failed") === message.total
    return isWhole
      ? new GatewayError(problem.code, exitCode.notSent, cause, { mayHaveArrived: false, errcode: problem.errcode })
      : undefined
  }
  // The user asked for a later send, so "scheduled" is not an error.
  if (message.state === "scheduled") return undefined
  const text = say(language, "stillPending", { id, seconds: waitMs / 1000 })
  return new GatewayError("pending", exitCode.inDoubt, text, {
    hint: cause,
    mayHaveArrived: true,
    errcode: problem?.errcode ?? null,
  })
}
