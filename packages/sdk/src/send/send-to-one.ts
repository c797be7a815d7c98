import type { CallOutcome, RecipientOutcome } from "../outcome.ts"
import type { Warning } from "../warning.ts"
import { WeComError } from "../wecom-error.ts"
import type { SendResult } from "../wecom-error.ts"
import { resultOf } from "./send.ts"
import { outcomeOfFailure } from "./target.ts"

/**
 * The result of a message to one group, each part of which is a call.
 * @param work makes the calls, and notes each that was accepted
 * @throws {WeComError} when nothing was sent
 */
export async function sendToOne(
  row: Pick<RecipientOutcome, "type" | "address">,
  warnings: readonly Warning[],
  work: (calls: CallOutcome[]) => Promise<void>,
): Promise<SendResult> {
  const calls: CallOutcome[] = []
  try {
    await work(calls)
  } catch (error) {
    if (!(error instanceof WeComError)) throw error
    if (error.errcode !== undefined) calls.push({ errcode: error.errcode })
    // A text of which only some parts were sent has failed, but not as if nothing had been sent.
    const { state, ...why } = outcomeOfFailure(error)
    const failed: RecipientOutcome = { ...row, state: state === "in_doubt" ? state : "failed", ...why }
    const result = { ok: false, recipients: [failed], calls, ...(warnings.length === 0 ? {} : { warnings }) }
    if (calls.some(({ errcode }) => errcode === 0) || state === "in_doubt") return { ...result, error }
    throw error.withResult(result)
  }
  return resultOf([{ ...row, state: "sent" }], calls, undefined, warnings)
}
