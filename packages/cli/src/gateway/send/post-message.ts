import type { Context } from "../../context.ts"
import { exitCode } from "../../exit-code.ts"
import type { GatewayClient } from "../client.ts"
import { GatewayError } from "../gateway-error.ts"
import type { FlagsOfFields } from "../refusal.ts"
import { pause } from "../pause.ts"
import { say } from "../texts.ts"
import { retryDelayMs } from "./retry-delay.ts"

export interface Accepted {
  /** `msg_…` */
  readonly id: string
  /** Whether the key was used before: then `id` is that of the first message. */
  readonly isReplay: boolean
}

interface Post {
  readonly body: Readonly<Record<string, unknown>>
  /** As in `Question`. */
  readonly flags: FlagsOfFields
  readonly idempotencyKey: string
  /** Added to the other headers. */
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * Posts a message. It posts again after a lost answer, or when the answer asks for it: with the same idempotency key it
 * stays one message.
 * @throws {GatewayError} with exit code 4 when it may have been accepted in spite of the error
 */
export async function postMessage(client: GatewayClient, post: Post, context: Context): Promise<Accepted> {
  const { language, output } = context
  let mayBeAccepted = false
  for (let attempt = 0; ; attempt++) {
    try {
      return await postOnce(client, post, mayBeAccepted)
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
      mayBeAccepted ||= error.mayHaveArrived
      const delayMs = retryDelayMs(error, attempt)
      if (delayMs === undefined) throw lastError(error, mayBeAccepted, post, language)
      output.note(say(language, "tryingAgain", { what: error.message, seconds: delayMs / 1000 }))
      await pauseOrTell(delayMs, mayBeAccepted, post, context)
    }
  }
}

async function pauseOrTell(ms: number, mayBeAccepted: boolean, post: Post, context: Context): Promise<void> {
  try {
    await pause(ms, context)
  } catch (error) {
    throw error instanceof GatewayError ? lastError(error, mayBeAccepted, post, context.language) : error
  }
}

async function postOnce(
  client: GatewayClient,
  { body, flags, idempotencyKey, headers = {} }: Post,
  isRepeat: boolean,
): Promise<Accepted> {
  const question = {
    method: "POST",
    path: "/v1/messages",
    body,
    flags,
    headers: { ...headers, "idempotency-key": idempotencyKey },
  } as const
  return client.ask(question, (fields, { headers }) => ({
    id: fields.text("id"),
    // When our own first answer was lost, the replay is that answer.
    isReplay: headers["idempotent-replayed"] === "true" && !isRepeat,
  }))
}

function lastError(
  error: GatewayError,
  mayBeAccepted: boolean,
  { idempotencyKey }: Post,
  language: Context["language"],
): GatewayError {
  if (!mayBeAccepted) return error
  const isInterrupted = error.code === "aborted"
  const message = isInterrupted
    ? say(language, "interruptedAccepting")
    : say(language, "maybeAccepted", { what: error.message })
  return new GatewayError(error.code, isInterrupted ? exitCode.interrupted : exitCode.inDoubt, message, {
    hint: say(language, "repeatSafely", { key: idempotencyKey }),
    faults: error.faults,
    mayHaveArrived: true,
    ...(error.status === undefined ? {} : { status: error.status }),
  })
}
