import { Breaker } from "../breaker.ts"
import { eachConcurrently } from "../each-concurrently.ts"
import type { CallOutcome, RecipientType } from "../outcome.ts"
import type { SendResult } from "../wecom-error.ts"
import type { PaceWait } from "../people/pace.ts"
import type { OptionNames } from "../option-faults.ts"
import { quietly } from "../quietly.ts"
import { abortedError } from "../make-error.ts"
import { WeComError } from "../wecom-error.ts"
import type { Audience } from "./audience.ts"
import { CONCURRENT_CALLS, Run } from "./deliver.ts"
import type { Delivery } from "./deliver.ts"
import type { OpenedMessage, SendableMessage } from "./message-files.ts"
import { APP_MESSAGE, PAUSES_MS, TOO_MANY_CALLS } from "@wecom-push/protocol/delivery"
import { planCalls } from "./plan.ts"
import { partsOf } from "./prepare.ts"
import { noteFound, noteNotAsked } from "./recipients.ts"
import type { Earlier, LookupRow } from "./recipients.ts"
import {
  deadlineOf,
  deliveryOf,
  howToFind,
  getReady,
  hasNoFiles,
  openWithin,
  uploadFiles,
  planReady,
  resultOf,
  settledOutcomes,
  SEND_OPTIONS,
  tell,
} from "./send.ts"
import type { Ready, SendDeps, SendOptions, SendPlan } from "./send.ts"
import { outcomeOfFailure, outcomeOfNotStarted } from "./target.ts"
import type { TargetOutcome, Target } from "./target.ts"

export interface ManyOptions extends SendOptions {
  /** Records who got the message, so that an interrupted run can be repeated without a second copy for any recipient. */
  readonly journal?: SendJournal
  /** Called before each wait. Errors that it throws are dropped. */
  readonly onWait?: (wait: SendWait) => void
}

const MANY_OPTIONS: OptionNames<ManyOptions & { readonly dryRun?: boolean }> = {
  ...SEND_OPTIONS,
  journal: true,
  onWait: true,
}

/**
 * Why a long send waits. `lookup_pace`: WeCom allows only so many look-ups in a window. `lookup_paused`,
 * `send_limited`: WeCom answered 45009 to a look-up or to a send.
 */
export type SendWait =
  | ({ readonly why: "lookup_pace"; /** Addresses that are still to be looked up. */ readonly left: number } & PaceWait)
  | { readonly why: "lookup_paused" | "send_limited"; readonly ms: number }

/** Where a long send records the recipients of the next call, and then the results. */
export interface SendJournal extends Earlier {
  /**
   * Stored durably before the call is made; otherwise the call is not made.
   * @returns the number of the call; undefined when it could not be stored: then nothing more is sent
   */
  started(rows: readonly JournalRow[]): Promise<number | undefined>
  /** `rows` are the same rows, now with their results. */
  finished(
    call: number,
    outcomes: readonly (JournalRow & TargetOutcome)[],
    calls: readonly CallOutcome[],
  ): Promise<void>
}

/** A person whom a call is for. */
export interface JournalRow {
  readonly type: RecipientType
  readonly address: string
  readonly userid?: string | undefined
}

/**
 * Sends to lists whose look-up takes longer than a user likes to wait: it looks up a part of them, sends to it, and
 * then continues with the next part. The calls are as full as those of a single send, and it waits when WeCom's limits
 * require it.
 */
export async function sendToMany(
  deps: SendDeps,
  to: Audience,
  message: SendableMessage,
  options: ManyOptions,
): Promise<SendResult> {
  const deadline = deadlineOf(deps, options)
  const opened = await openWithin(deps, message, options, deadline)
  try {
    const ready = getReady(deps, to, opened, options, deadline, MANY_OPTIONS, options.journal)
    return await new LongSend(deps, message, opened, ready, options).send()
  } finally {
    await opened.release()
  }
}

/** Does the same look-ups with the same waits, and sends nothing. */
export async function planForMany(
  deps: SendDeps,
  to: Audience,
  message: SendableMessage,
  options: ManyOptions,
): Promise<SendPlan> {
  const deadline = deadlineOf(deps, options)
  const opened = await openWithin(deps, message, options, deadline)
  try {
    const ready = getReady(deps, to, opened, options, deadline, MANY_OPTIONS, options.journal)
    const error = await new LongSend(deps, message, opened, ready, options).findEverybody()
    return await planReady(deps, message, opened, ready, error)
  } finally {
    await opened.release()
  }
}

class LongSend {
  readonly #deps: SendDeps
  readonly #message: SendableMessage
  readonly #opened: OpenedMessage
  readonly #ready: Ready
  readonly #options: ManyOptions
  readonly #lookups = new Breaker()
  readonly #calls: CallOutcome[] = []
  readonly #atOnce: number
  #delivery: Delivery | undefined
  #run: Run | undefined
  /** The outcome of all targets that are left, once further calls would fail too. */
  #stopped: TargetOutcome | undefined
  #error: WeComError | undefined

  constructor(deps: SendDeps, message: SendableMessage, opened: OpenedMessage, ready: Ready, options: ManyOptions) {
    this.#deps = deps
    this.#message = message
    this.#opened = opened
    this.#ready = ready
    this.#options = options
    // With a journal one call at a time: however the run ends, only the people of one call can be in doubt.
    this.#atOnce = options.journal === undefined ? CONCURRENT_CALLS : 1
  }

  async send(): Promise<SendResult> {
    const { recipients, warnings } = this.#ready
    await this.#findInWindows(() => this.#deliver(isFull))
    await this.#deliver()
    await this.#findNewOwners()
    await this.#deliver()
    return resultOf(settledOutcomes(recipients), this.#calls, this.#error, warnings)
  }

  /** @returns why some could not be looked up */
  async findEverybody(): Promise<WeComError | undefined> {
    const { recipients } = this.#ready
    const { onProgress } = this.#options
    let done = 0
    const total = recipients.addressesToFind().length
    await this.#findInWindows((count) => {
      done += count
      if (onProgress !== undefined) tell(onProgress, "look_up")(done, total)
      return Promise.resolve()
    })
    recipients.aim()
    return this.#error
  }

  async #findInWindows(afterEach: (count: number) => Promise<void>): Promise<void> {
    const rows = this.#ready.recipients.addressesToFind()
    const size = this.#atOnce * APP_MESSAGE.most.user
    for (let start = 0; start < rows.length; start += size) {
      const window = rows.slice(start, start + size)
      await this.#find(window, rows.length - start - window.length)
      await afterEach(window.length)
    }
  }

  /** @param behind how many addresses come after these */
  async #find(rows: readonly LookupRow[], behind: number): Promise<void> {
    let left = rows
    while (left.length > 0) {
      this.#stopIfAborted()
      if (this.#stopped !== undefined) {
        for (const row of left) noteNotAsked(row, this.#stopped)
        return
      }
      const error = await this.#ask(left, behind)
      const paused = left.filter(({ unfound }) => unfound?.reason === "lookup_paused")
      const isPatient = paused.length > 0 && (await this.#waitFor("lookup_paused", this.#pauseMs(paused)))
      if (error !== undefined && !(isPatient && error.errcode === TOO_MANY_CALLS)) this.#lookUpFailed(error)
      if (!isPatient) return
      left = paused
    }
  }

  #ask(rows: readonly LookupRow[], behind: number): Promise<WeComError | undefined> {
    const { fresh = false, onWait } = this.#options
    let found = 0
    const forWaits = onWait && {
      onProgress: (done: number) => {
        found = done
      },
      onWait: (wait: PaceWait) =>
        quietly(() => onWait({ why: "lookup_pace", left: rows.length - found + behind, ...wait })),
    }
    const { deadline } = this.#ready
    return this.#deps.people.tellEach(rows, { ...howToFind(this.#options), fresh, ...forWaits, deadline }, noteFound)
  }

  /** It waits while WeCom is closed for a minute or an hour; a wait until the next day would be too long. */
  #pauseMs(paused: readonly LookupRow[]): number {
    const now = this.#deps.api.clock.now()
    const until = paused.reduce((latest, { unfound }) => Math.max(latest, unfound?.retryAt ?? now), now)
    return until - now
  }

  #lookUpFailed(error: WeComError): void {
    this.#note(error)
    // When a pause is too long to wait for, those whose userids are remembered still get the message.
    if (error.errcode === TOO_MANY_CALLS) return
    this.#lookups.failed(error)
    if (this.#lookups.cause !== undefined) this.#stopped ??= outcomeOfNotStarted(this.#lookups.cause)
  }

  /** A remembered userid that WeCom refuses may be stale: the number is looked up once more, and a new owner gets it. */
  async #findNewOwners(): Promise<void> {
    const doubtful = this.#ready.recipients.doubtful()
    if (doubtful.length === 0 || this.#stopped !== undefined) return
    const again = { ...howToFind(this.#options), fresh: true, deadline: this.#ready.deadline }
    await this.#deps.people.tellEach(doubtful, again, (row, outcome) => {
      // A look-up that failed gives no new answer, so WeCom's refusal stays.
      if (outcome.state === "found" || outcome.state === "not_found") noteFound(row, outcome)
    })
  }

  /** Makes the calls that are full enough by now; without `isReady` all calls. */
  async #deliver(isReady: (targets: readonly Target[]) => boolean = () => true): Promise<void> {
    const { recipients } = this.#ready
    const { onProgress } = this.#options
    recipients.aim()
    const calls = planCalls(recipients.planned()).filter(isReady)
    if (calls.length > 0) await this.#prepare()
    await eachConcurrently(calls, this.#atOnce, async (targets) => {
      await this.#call(targets)
      if (onProgress !== undefined) tell(onProgress, "send")(recipients.countSettled(), recipients.size)
    })
    if (calls.length === 0 && onProgress !== undefined) {
      tell(onProgress, "send")(recipients.countSettled(), recipients.size)
    }
  }

  /** Uploads the files of the message, before the first call and only where there is a recipient. */
  async #prepare(): Promise<void> {
    if (this.#delivery !== undefined || this.#stopped !== undefined) return
    const uploaded = hasNoFiles(this.#opened)
      ? undefined
      : await uploadFiles(this.#deps, this.#message, this.#opened, this.#ready, this.#options)
    if (uploaded instanceof WeComError) {
      this.#note(uploaded)
      this.#stopped = outcomeOfFailure(uploaded)
      return
    }
    const parts = partsOf(uploaded?.message ?? this.#opened.message, this.#ready.wish)
    this.#delivery = { ...deliveryOf(this.#ready, this.#options, parts, uploaded), onProgress: undefined }
  }

  async #call(targets: readonly Target[]): Promise<void> {
    for (const waitMs of LIMIT_WAITS_MS) {
      this.#stopIfAborted()
      const delivery = this.#delivery
      if (this.#stopped !== undefined || delivery === undefined) {
        assign(targets, this.#stopped ?? NOT_STARTED)
        return
      }
      const run = (this.#run ??= new Run(this.#deps, delivery))
      await this.#journalled(targets, run)
      const limited = targets.filter(({ outcome }) => isLimited(outcome))
      if (limited.length > 0 && waitMs !== undefined && (await this.#waitFor("send_limited", waitMs))) {
        // A run that met the limit starts no further call.
        if (this.#run === run) this.#run = undefined
        assign(limited, { state: "planned" })
        continue
      }
      this.#note(run.error)
      if (run.cause !== undefined) this.#stopped ??= outcomeOfNotStarted(run.cause)
      return
    }
  }

  async #journalled(targets: readonly Target[], run: Run): Promise<void> {
    const { journal } = this.#options
    const { recipients } = this.#ready
    if (journal === undefined) {
      this.#calls.push(...(await run.sendParts(targets)))
      return
    }
    const rows = recipients.rowsOf(targets)
    const call = await journal.started(rows.map(journalRow))
    if (call === undefined) {
      this.#stopped = NOT_STARTED
      assign(targets, NOT_STARTED)
      return
    }
    const calls = await run.sendParts(targets)
    this.#calls.push(...calls)
    await journal.finished(
      call,
      rows.map((row) => ({ ...journalRow(row), ...row.target.outcome })),
      calls,
    )
  }

  /** @returns false when it did not wait, because it would take too long or the caller aborted */
  async #waitFor(why: "lookup_paused" | "send_limited", ms: number): Promise<boolean> {
    const { signal, onWait } = this.#options
    const { clock } = this.#deps.api
    if (ms > LONGEST_WAIT_MS || clock.now() + ms >= this.#ready.deadline) return false
    if (onWait !== undefined) quietly(() => onWait({ why, ms }))
    try {
      await clock.sleep(ms, signal)
      return true
    } catch (error) {
      if (signal?.aborted !== true) throw error
      this.#stopIfAborted()
      return false
    }
  }

  #stopIfAborted(): void {
    if (this.#options.signal?.aborted !== true || this.#stopped !== undefined) return
    const aborted = abortedError({ api: "message/send", language: this.#deps.language, mayHaveArrived: false })
    this.#note(aborted)
    this.#stopped = outcomeOfFailure(aborted)
  }

  /** The first error is reported. An abort by the caller replaces it, as the reason for the rest. */
  #note(error: WeComError | undefined): void {
    if (this.#error === undefined || error?.code === "aborted") this.#error = error ?? this.#error
  }
}

function isFull(targets: readonly Target[]): boolean {
  return targets.reduce((users, { kind }) => users + (kind === "user" ? 1 : 0), 0) >= APP_MESSAGE.most.user
}

function journalRow({ type, address, userid }: JournalRow): JournalRow {
  return { type, address, ...(userid === undefined ? {} : { userid }) }
}

function assign(targets: readonly Target[], outcome: TargetOutcome): void {
  for (const target of targets) target.outcome = outcome
}

/** WeCom accepted nothing, and the same call may succeed later. */
function isLimited({ state, errcode, reason }: TargetOutcome): boolean {
  return state === "failed" && errcode === TOO_MANY_CALLS && (reason === "call_refused" || reason === "not_started")
}

const NOT_STARTED: TargetOutcome = { state: "failed", reason: "not_started" }
/** The code does not say which limit was exceeded: the minute limit is tried first. */
const LIMIT_WAITS_MS = [...PAUSES_MS, undefined]
const LONGEST_WAIT_MS = 3_600_000
