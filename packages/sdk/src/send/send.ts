import type { AppMessage } from "@wecom-push/protocol"
import type { CallOutcome, RecipientOutcome, SendResult } from "../outcome.ts"
import type { People } from "../people/people.ts"
import type { EmailType } from "../people/question.ts"
import { quietly } from "../quietly.ts"
import type { WeComError } from "../wecom-error.ts"
import type { Audience } from "./audience.ts"
import { callBody } from "./call-body.ts"
import { deliver } from "./deliver.ts"
import type { DeliverDeps, Delivery } from "./deliver.ts"
import type { Overflow } from "./overflow.ts"
import { planCalls } from "./plan.ts"
import { prepare } from "./prepare.ts"
import { noteFound, Recipients } from "./recipients.ts"
import type { PlannedRecipient } from "./recipients.ts"

export interface SendOptions {
  /** For text and markdown over 2048 bytes; `reject` unless given. */
  readonly overflow?: Overflow
  /**
   * 1 to 14400. WeCom then hides a message whose body equals one sent inside that time, which makes it safe to repeat a
   * call whose answer was lost; without it such a call is never repeated. It hides a second message that is meant, too.
   */
  readonly duplicateCheckSeconds?: number
  /** Asks WeCom for every userid, whatever is remembered. */
  readonly fresh?: boolean
  /** Which of their two mailboxes the addresses are: 1 the corp's (企业邮箱, the default), 2 the personal one. */
  readonly emailType?: EmailType
  readonly signal?: AbortSignal
  /** For the whole send, look-ups included; unlimited unless given. What has not gone out by then fails safely. */
  readonly totalTimeoutMs?: number
  /** Called in passing: what it throws is dropped. */
  readonly onProgress?: (progress: Progress) => void
}

export interface Progress {
  readonly stage: "look_up" | "send"
  readonly done: number
  readonly total: number
}

/** What would be sent, by `dryRun`. */
export interface SendPlan {
  /** `planned`, or what is already known to keep somebody from getting it. */
  readonly recipients: readonly PlannedRecipient[]
  readonly calls: readonly PlannedCall[]
  /** Why some recipients could not be looked up. */
  readonly error?: WeComError
}

export interface PlannedCall {
  /** Exactly what would go out: JSON. */
  readonly body: string
}

export interface SendDeps extends DeliverDeps {
  readonly people: People
  readonly agentId: number
}

export async function sendMessage(
  deps: SendDeps,
  to: Audience,
  message: AppMessage,
  options: SendOptions,
): Promise<SendResult> {
  const { recipients, delivery, error: lookupError } = await getReady(deps, to, message, options)
  const first = await deliver(deps, planCalls(recipients.planned()), delivery)
  const second = await sendToNewOwners(deps, recipients, delivery, options)
  return resultOf(
    settledOutcomes(recipients),
    [...first.calls, ...(second?.calls ?? [])],
    lookupError ?? first.error ?? second?.error,
  )
}

export async function planMessage(
  deps: SendDeps,
  to: Audience,
  message: AppMessage,
  options: SendOptions,
): Promise<SendPlan> {
  const { recipients, delivery, error } = await getReady(deps, to, message, options)
  const outcomes = recipients.outcomes()
  if (error !== undefined && outcomes.every(({ state }) => state === "failed")) throw error
  const calls = planCalls(recipients.planned()).flatMap((targets) =>
    delivery.parts.map((part) => ({ body: callBody(targets, part) })),
  )
  return { recipients: outcomes, calls, ...(error === undefined ? {} : { error }) }
}

interface Ready {
  readonly recipients: Recipients
  readonly delivery: Delivery
  /** Why some could not be looked up. */
  readonly error: WeComError | undefined
}

async function getReady(deps: SendDeps, to: Audience, message: AppMessage, options: SendOptions): Promise<Ready> {
  const { overflow = "reject", duplicateCheckSeconds, totalTimeoutMs = Infinity, signal, onProgress } = options
  const { agentId, language } = deps
  const parts = prepare({ to, message, overflow, duplicateCheckSeconds, totalTimeoutMs, agentId, language })
  const deadline = deps.api.clock.now() + totalTimeoutMs
  const recipients = new Recipients(to)
  const rows = recipients.addressesToFind()
  const error =
    rows.length === 0 ? undefined : await deps.people.tellEach(rows, { ...findOptions(options), deadline }, noteFound)
  recipients.aim()
  return {
    recipients,
    delivery: {
      parts,
      repeatable: duplicateCheckSeconds !== undefined,
      deadline,
      signal,
      onProgress: onProgress && ((done, total) => quietly(() => onProgress({ stage: "send", done, total }))),
    },
    error,
  }
}

function findOptions({ fresh, emailType, signal, onProgress }: SendOptions) {
  return {
    ...(fresh === undefined ? {} : { fresh }),
    ...(emailType === undefined ? {} : { emailType }),
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress && {
      onProgress: (done: number, total: number) => quietly(() => onProgress({ stage: "look_up", done, total })),
    }),
  }
}

/** A remembered userid that WeCom refuses may be stale: the number is looked up once more, and a new owner gets it. */
async function sendToNewOwners(deps: SendDeps, recipients: Recipients, delivery: Delivery, options: SendOptions) {
  const doubtful = recipients.doubtful()
  if (doubtful.length === 0) return undefined
  const { emailType, signal } = options
  const again = {
    ...findOptions({ ...(emailType === undefined ? {} : { emailType }), ...(signal === undefined ? {} : { signal }) }),
    fresh: true,
    deadline: delivery.deadline,
  }
  await deps.people.tellEach(doubtful, again, (row, outcome) => {
    // A look-up that failed tells nothing new, so WeCom's refusal stays the answer.
    if (outcome.state === "found" || outcome.state === "not_found") noteFound(row, outcome)
  })
  recipients.aim()
  return deliver(deps, planCalls(recipients.planned()), { ...delivery, onProgress: undefined })
}

function settledOutcomes(recipients: Recipients): RecipientOutcome[] {
  const outcomes = recipients.outcomes()
  if (!outcomes.every(isSettled)) throw new TypeError("a recipient was planned and never sent")
  return outcomes
}

function isSettled(recipient: PlannedRecipient): recipient is RecipientOutcome {
  return recipient.state !== "planned"
}

function resultOf(
  recipients: readonly RecipientOutcome[],
  calls: readonly CallOutcome[],
  error: WeComError | undefined,
): SendResult {
  const ok = recipients.every(({ state }) => state === "sent")
  if (error === undefined) return { ok, recipients, calls }
  if (recipients.every(({ state }) => state === "failed")) throw error.withResult({ ok, recipients, calls })
  return { ok, recipients, calls, error }
}
