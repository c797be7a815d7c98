import type { MediaType, MobileCheck } from "@wecom-push/protocol"
import type { Uploader } from "../media/uploader.ts"
import type { CallOutcome, RecipientOutcome } from "../outcome.ts"
import type { SendResult } from "../wecom-error.ts"
import type { People } from "../people/people.ts"
import type { EmailType } from "../people/question.ts"
import { isObject, isSignal, namesFaults } from "../option-faults.ts"
import type { OptionNames } from "../option-faults.ts"
import { invalidInputError } from "../invalid-input.ts"
import { quietly } from "../quietly.ts"
import { warningOf } from "../warning.ts"
import type { Warning } from "../warning.ts"
import { waitEndedError } from "../make-error.ts"
import type { WaitEnded, WaitLimits } from "../shared-work/shared-task.ts"
import { AttemptLimit } from "../wire/attempt-limit.ts"
import { WeComError } from "../wecom-error.ts"
import type { Audience } from "./audience.ts"
import type { MessagePart } from "./message-part.ts"
import { deliver } from "./deliver.ts"
import type { Delivered, DeliverDeps, Delivery } from "./deliver.ts"
import { openFiles, openWithoutFiles, placeholder, withIds } from "./message-files.ts"
import type { OpenedMessage, SendableMessage } from "./message-files.ts"
import type { Overflow } from "./overflow.ts"
import { UploadedFiles } from "./uploaded-files.ts"
import type { MediaIds } from "./uploaded-files.ts"
import { planCalls } from "./plan.ts"
import { check, partsOf } from "./prepare.ts"
import type { Wish } from "./prepare.ts"
import { noteFound, Recipients } from "./recipients.ts"
import type { Earlier, LookupRow, PlannedRecipient } from "./recipients.ts"
import { outcomeOfFailure } from "./target.ts"

export interface SendOptions {
  /** How to treat text that WeCom would cut. Unless given: `reject`, or, with `strict` off, WeCom cuts it. */
  readonly overflow?: Overflow
  /**
   * The client's `strict` unless given. False: values that WeCom cuts, ignores or replaces by a default are sent, and
   * `warnings` of the result names them. Values that WeCom refuses are refused in any case.
   */
  readonly strict?: boolean
  /**
   * 1 to 14400. WeCom then hides a message whose body equals one sent within that time, which makes it safe to repeat a
   * call whose answer was lost; without it such a call is never repeated. It also hides a second message that is meant
   * to be sent.
   */
  readonly duplicateCheckSeconds?: number
  /** Looks up every userid at WeCom, even when it is remembered. */
  readonly fresh?: boolean
  /** Which of the members' two mailboxes the addresses are: 1 the corp's (企业邮箱, the default), 2 the personal one (个人邮箱). */
  readonly emailType?: EmailType
  /** Overrides the client's option for this send. */
  readonly mobileCheck?: MobileCheck
  readonly signal?: AbortSignal
  /**
   * How many milliseconds the whole send may take, look-ups included; unlimited unless given. Calls that have not been
   * made by then are not made.
   */
  readonly totalTimeoutMs?: number
  /** Called with the progress of the send. Errors that it throws are dropped. */
  readonly onProgress?: (progress: Progress) => void
}

export const SEND_OPTIONS: OptionNames<SendOptions & { readonly dryRun?: boolean }> = {
  overflow: true,
  strict: true,
  duplicateCheckSeconds: true,
  fresh: true,
  emailType: true,
  mobileCheck: true,
  signal: true,
  totalTimeoutMs: true,
  onProgress: true,
  dryRun: true,
}

export interface Progress {
  /** `upload` counts bytes, the others recipients. */
  readonly stage: "look_up" | "upload" | "send"
  readonly done: number
  readonly total: number
}

/** The calls that would be made, as `dryRun` returns them. */
export interface SendPlan {
  /** The state of each recipient: `planned`, or why the recipient would not get the message. */
  readonly recipients: readonly PlannedRecipient[]
  /** The files that WeCom does not have yet; they are uploaded before the calls. */
  readonly uploads: readonly PlannedUpload[]
  readonly calls: readonly PlannedCall[]
  /** Why some recipients could not be looked up. */
  readonly error?: WeComError
  /** As those of `SendResult`. */
  readonly warnings?: readonly Warning[]
}

interface PlannedUpload {
  readonly type: MediaType
  readonly filename: string
  readonly sizeBytes: number
}

interface PlannedCall {
  /** The exact JSON that would be sent, with placeholders for the ids of files that are not uploaded yet. */
  readonly body: string
}

export interface SendDeps extends DeliverDeps {
  readonly people: People
  readonly uploader: Uploader
  readonly agentId: number
  readonly strict: boolean
  /** How many milliseconds the stream of a file may give no data. */
  readonly sourceTimeoutMs: number
}

export async function sendMessage(
  deps: SendDeps,
  to: Audience,
  message: SendableMessage,
  options: SendOptions,
): Promise<SendResult> {
  const deadline = deadlineOf(deps, options)
  // Waits only when there is something to wait for: most messages have no file and name userids.
  const opened = openWithoutFiles(message) ?? (await openWithin(deps, message, options, deadline))
  try {
    const ready = getReady(deps, to, opened, options, deadline, SEND_OPTIONS)
    const { recipients, wish, unknown, warnings } = ready
    const lookupError = unknown.length === 0 ? undefined : await lookUp(deps, ready, options)
    recipients.aim()
    const uploaded = hasNoFiles(opened) ? undefined : await uploadFiles(deps, message, opened, ready, options)
    if (uploaded instanceof WeComError) {
      for (const target of recipients.planned()) target.outcome = outcomeOfFailure(uploaded)
      return resultOf(settledOutcomes(recipients), [], lookupError ?? uploaded, warnings)
    }
    const delivery = deliveryOf(ready, options, partsOf(uploaded?.message ?? opened.message, wish), uploaded)
    const first = await deliver(deps, planCalls(recipients.planned()), delivery)
    const doubtful = recipients.doubtful()
    const second =
      doubtful.length === 0 ? undefined : await sendToNewOwners(deps, recipients, doubtful, delivery, options)
    return resultOf(
      settledOutcomes(recipients),
      second === undefined ? first.calls : [...first.calls, ...second.calls],
      lookupError ?? first.error ?? second?.error,
      warnings,
    )
  } finally {
    if (opened.files.length > 0) await opened.release()
  }
}

export async function planMessage(
  deps: SendDeps,
  to: Audience,
  message: SendableMessage,
  options: SendOptions,
): Promise<SendPlan> {
  const deadline = deadlineOf(deps, options)
  const opened = await openWithin(deps, message, options, deadline)
  try {
    const ready = getReady(deps, to, opened, options, deadline, SEND_OPTIONS)
    const error = await lookUp(deps, ready, options)
    ready.recipients.aim()
    return await planReady(deps, message, opened, ready, error)
  } finally {
    await opened.release()
  }
}

/**
 * Milliseconds since 1970.
 * @throws {WeComError} `invalid_input` for options that are not valid
 */
export function deadlineOf({ api, language }: SendDeps, options: SendOptions): number {
  const given: unknown = options
  if (!isObject(given)) throw invalidInputError(namesFaults(given, SEND_OPTIONS), language)
  const { totalTimeoutMs = Infinity } = options
  return totalTimeoutMs === Infinity ? Infinity : api.clock.now() + totalTimeoutMs
}

/** Reads the files of a message within the limits of its send. */
export async function openWithin(
  { api, sourceTimeoutMs }: SendDeps,
  message: SendableMessage,
  { signal }: SendOptions,
  deadline: number,
): Promise<OpenedMessage> {
  // A value that is not a signal is reported with the other faults.
  const limit = new AttemptLimit(isSignal(signal) ? signal : undefined)
  limit.allow(deadline - api.clock.now())
  try {
    return await openFiles(message, { signal: limit.signal, stallMs: sourceTimeoutMs })
  } finally {
    limit.release()
  }
}

/** @throws {WeComError} when no recipient could be looked up and none of them is to blame; when there was no time to read a file */
export async function planReady(
  deps: SendDeps,
  message: SendableMessage,
  opened: OpenedMessage,
  ready: Ready,
  error: WeComError | undefined,
): Promise<SendPlan> {
  const { recipients, wish, warnings } = ready
  if (opened.unread !== undefined) throw unreadError(deps, opened.unread)
  const outcomes = recipients.outcomes()
  if (error !== undefined && outcomes.every(({ state }) => state === "failed")) throw error
  const { known, uploads } = await planUploads(deps, opened, ready)
  const parts = partsOf(
    withIds(message, (path) => known.get(path) ?? ""),
    wish,
  )
  const planned = planCalls(recipients.planned())
  const calls = planned.flatMap((targets) => parts.map((part) => ({ body: part.bodyFor(targets) })))
  return {
    recipients: outcomes,
    uploads: calls.length === 0 ? [] : uploads,
    calls,
    ...(error === undefined ? {} : { error }),
    ...(warnings.length === 0 ? {} : { warnings }),
  }
}

/** The ids known by now, by their paths; placeholders for the others. */
async function planUploads(
  { uploader }: SendDeps,
  { files }: OpenedMessage,
  limits: WaitLimits,
): Promise<{ known: ReadonlyMap<string, string>; uploads: PlannedUpload[] }> {
  const known = new Map<string, string>()
  const uploads: PlannedUpload[] = []
  for (const { path, type, file } of files) {
    const id = await uploader.find(type, file, limits)
    known.set(path, id ?? placeholder(file))
    if (id === undefined) uploads.push({ type, filename: file.filename, sizeBytes: file.blob.size })
  }
  return { known, uploads }
}

export interface Ready {
  readonly recipients: Recipients
  readonly wish: Wish
  /** The rows that must be looked up before they can get a target. */
  readonly unknown: readonly LookupRow[]
  /** Milliseconds since 1970. */
  readonly deadline: number
  readonly warnings: readonly Warning[]
  readonly signal: AbortSignal | undefined
}

/** @throws {WeComError} `invalid_input` with every fault of audience, message, files and options */
export function getReady(
  deps: SendDeps,
  to: Audience,
  opened: OpenedMessage,
  options: SendOptions,
  deadline: number,
  known: Readonly<Record<string, true>>,
  earlier?: Earlier,
): Ready {
  const {
    strict = deps.strict,
    overflow,
    duplicateCheckSeconds,
    totalTimeoutMs = Infinity,
    mobileCheck,
    signal,
  } = options
  const { agentId, language } = deps
  const { message, faults: fileFaults } = opened
  const wish = {
    to,
    message,
    fileFaults,
    namesFaults: namesFaults(options, known),
    strict,
    overflow,
    duplicateCheckSeconds,
    totalTimeoutMs,
    mobileCheck,
    agentId,
    language,
  }
  const warnings = check(wish).map((fault) => warningOf(fault, language))
  const recipients = new Recipients(to, earlier)
  return { recipients, wish, unknown: recipients.addressesToFind(), deadline, signal, warnings }
}

/** @returns why some could not be looked up */
async function lookUp(
  { people }: SendDeps,
  { unknown, deadline }: Ready,
  options: SendOptions,
): Promise<WeComError | undefined> {
  if (unknown.length === 0) return undefined
  const { fresh = false, onProgress } = options
  const told = onProgress && { onProgress: tell(onProgress, "look_up") }
  return people.tellEach(unknown, { ...howToFind(options), fresh, ...told, deadline }, noteFound)
}

/** Uploads only when there is a recipient. @returns undefined when there is nothing to upload */
export async function uploadFiles(
  deps: SendDeps,
  message: SendableMessage,
  opened: OpenedMessage,
  { recipients, deadline }: Ready,
  { signal, onProgress }: SendOptions,
): Promise<UploadedFiles | WeComError | undefined> {
  if (recipients.planned().length === 0) return undefined
  if (opened.unread !== undefined) return unreadError(deps, opened.unread)
  try {
    return await UploadedFiles.provide(deps.uploader, message, opened, {
      deadline,
      signal,
      onProgress: onProgress && tell(onProgress, "upload"),
    })
  } catch (error) {
    if (error instanceof WeComError) return error
    throw error
  }
}

export function hasNoFiles({ files, unread }: OpenedMessage): boolean {
  return files.length === 0 && unread === undefined
}

function unreadError({ language }: SendDeps, unread: WaitEnded): WeComError {
  return waitEndedError(unread, { api: "media/upload", language })
}

export function deliveryOf(
  { deadline }: Ready,
  { duplicateCheckSeconds, signal, onProgress }: SendOptions,
  parts: readonly MessagePart[],
  media: MediaIds | undefined,
): Delivery {
  const repeatable = duplicateCheckSeconds !== undefined
  return { parts, media, repeatable, deadline, signal, onProgress: onProgress && tell(onProgress, "send") }
}

export function tell(onProgress: (progress: Progress) => void, stage: Progress["stage"]) {
  return (done: number, total: number): void => quietly(() => onProgress({ stage, done, total }))
}

/** The options of a look-up, except its callbacks. */
export function howToFind({ emailType, mobileCheck, signal }: SendOptions) {
  return {
    ...(emailType === undefined ? {} : { emailType }),
    ...(mobileCheck === undefined ? {} : { mobileCheck }),
    ...(signal === undefined ? {} : { signal }),
  }
}

/** A remembered userid that WeCom refuses may be stale: the number is looked up once more, and a new owner gets it. */
async function sendToNewOwners(
  deps: SendDeps,
  recipients: Recipients,
  doubtful: readonly LookupRow[],
  delivery: Delivery,
  options: SendOptions,
): Promise<Delivered> {
  const again = { ...howToFind(options), fresh: true, deadline: delivery.deadline }
  await deps.people.tellEach(doubtful, again, (row, outcome) => {
    // A look-up that failed gives no new answer, so WeCom's refusal stays.
    if (outcome.state === "found" || outcome.state === "not_found") noteFound(row, outcome)
  })
  recipients.aim()
  return deliver(deps, planCalls(recipients.planned()), { ...delivery, onProgress: undefined })
}

export function settledOutcomes(recipients: Recipients): RecipientOutcome[] {
  const outcomes = recipients.outcomes()
  if (!outcomes.every(isSettled)) throw new TypeError("a recipient was planned and never sent")
  return outcomes
}

function isSettled(recipient: PlannedRecipient): recipient is RecipientOutcome {
  return recipient.state !== "planned"
}

export function resultOf(
  recipients: readonly RecipientOutcome[],
  calls: readonly CallOutcome[],
  error: WeComError | undefined,
  warnings: readonly Warning[],
): SendResult {
  const ok = recipients.every(({ state }) => state === "sent")
  const result = { ok, recipients, calls, ...(warnings.length === 0 ? {} : { warnings }) }
  if (error === undefined) return result
  if (recipients.every(({ state }) => state === "failed")) throw error.withResult(result)
  return { ...result, error }
}
