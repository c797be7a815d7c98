import { WeComError } from "@wecom-push/sdk"
import type { Address } from "@wecom-push/sdk"
import type { Api, ApiAnswer, ApiRequest } from "@wecom-push/sdk/internals"
import { JumpAwareClock } from "../../model/jump-aware-clock.ts"
import type { Message } from "../../model/message.ts"
import { copyChunk } from "../../model/recipients.ts"
import { Semaphore } from "../../model/semaphore.ts"
import type { ClaimedMessage, FrozenCall } from "../../model/ports/outbox.ts"
import type { CallView } from "../../model/ports/reader.ts"
import { appMessageChannel } from "../../channels/app-message/app-message.ts"
import { NO_TRACING } from "../../model/ports/tracing.ts"
import { NOON, aRequest } from "../../store/testing/build.ts"
import type { AcceptanceChanges } from "../../store/testing/build.ts"
import type { AppRuntime } from "../app-runtimes.ts"
import { CrashIsolation } from "../queue/crash-isolation.ts"
import { LookupWaiters } from "../queue/lookup-waiters.ts"
import type { Uploading, Uploads } from "../../channels/app-message/uploads.ts"
import type { LookupResult, People } from "../../people/people.ts"
import { RunContext } from "../call/run-context.ts"
import type { RunDeps } from "../call/run-context.ts"
import { NotingGovernor } from "./noting-governor.ts"
import { NotingOutbox } from "./noting-outbox.ts"
import { ManualClock } from "./manual-clock.ts"

/** WeCom's answers or errors: one for each request in turn; the last is for all that follow. */
export type Answer = Partial<ApiAnswer> | Error | ((request: ApiRequest) => Promise<ApiAnswer> | ApiAnswer)

const OK: ApiAnswer = { errcode: 0, errmsg: "ok", msgid: "wecom-msgid" }

/** An answer that was lost. */
export function lost(): WeComError {
  return failure({ code: "in_doubt", failure: "reset", mayHaveArrived: true })
}

export function failure(details: Partial<ConstructorParameters<typeof WeComError>[0]>): WeComError {
  return new WeComError({
    code: "unreachable",
    message: "WeCom cannot be reached",
    hint: "",
    language: "en",
    ...details,
  })
}

export interface OneMessageOptions extends AcceptanceChanges {
  readonly random?: () => number
  readonly callCount?: number
  /** How many are pending according to the store when it is claimed; all recipients in it unless given. */
  readonly pending?: number
}

/**
 * One message at work. WeCom answers as the test says; the store in memory, the governor and the look-ups note each request.
 */
export class OneMessage {
  readonly machine = new ManualClock()
  readonly clock = new JumpAwareClock(this.machine)
  readonly stopping = new AbortController()
  readonly governor = new NotingGovernor()
  readonly outbox: NotingOutbox
  readonly message: Message
  readonly requests: ApiRequest[] = []
  answers: Answer[] = []
  /** The remembered results for mobiles and emails, and the results that WeCom would give. */
  readonly remembered = new Map<string, string>()
  readonly known = new Map<string, LookupResult>()
  ask: (addresses: readonly Address[], signal: AbortSignal | undefined) => Promise<readonly LookupResult[]> = (
    addresses,
  ) => Promise.resolve(addresses.map(({ address }) => found(`of ${address}`)))
  readonly log: { readonly level: string; readonly fields: object; readonly sentence: string }[] = []
  readonly finished: [app: string, state: string, count: number][] = []
  readonly throttled: [app: string, reason: string, count: number | undefined][] = []
  /** The upload of a file to WeCom. */
  upload: (id: string) => Promise<Uploading> = (id) => Promise.resolve({ kind: "uploaded", mediaId: `at-wecom-${id}` })
  canReplace = true
  /** How often a caller waited for the store to follow the clock. */
  follows = 0
  /** How often `agent/get` was asked whether WeCom can be reached. */
  agentGets = 0
  /** When the limit of V8's heap begins and ends. */
  readonly heapLimits: string[] = []
  /** The place at work: taken and released. */
  readonly slots: string[] = []
  isSurelyOurs = true
  readonly deps: RunDeps
  readonly api: Api
  readonly runtime: AppRuntime
  readonly claimed: ClaimedMessage
  readonly run: RunContext

  constructor({ random = () => 1, callCount = 0, pending, ...changes }: OneMessageOptions = {}) {
    const { message, chunks } = aRequest({ acceptedAt: NOON, ...changes })
    this.message = message
    this.outbox = new NotingOutbox(message.id, [...chunks])
    const counts = this.outbox.counts()
    const [chunk, ...others] = this.outbox.chunksNow
    this.claimed = {
      messageId: message.id,
      claim: 7,
      message,
      counts: { ...counts, pending: pending ?? counts.pending },
      chunkCount: this.outbox.chunksNow.length,
      callCount,
      chunk: others.length === 0 && chunk !== undefined ? copyChunk(chunk) : undefined,
    }
    const note = (level: string) => (fields: object, sentence: string) =>
      void this.log.push({ level, fields, sentence })
    this.deps = {
      outbox: this.outbox,
      reader: this.outbox.reader,
      clock: this.clock,
      hasFollowed: () => {
        this.follows++
        return undefined
      },
      random,
      crashIsolation: new CrashIsolation(),
      lookupWaiters: new LookupWaiters({ wake: () => undefined, most: 16 }),
      largeSettles: new Semaphore(),
      largeTexts: new Semaphore(),
      unsettled: new Set(),
      heapLimit: {
        begin: () => {
          this.heapLimits.push("begins")
          return { [Symbol.dispose]: () => void this.heapLimits.push("ends") }
        },
      },
      uploads: {
        provide: (_runtime: AppRuntime, id: string) => this.upload(id),
        replace: () => Promise.resolve(this.canReplace),
      } as unknown as Uploads,
      log: { info: note("info"), warn: note("warn"), error: note("error") },
      metrics: {
        recipientsFinished: (app, state, count) => void this.finished.push([app, state, count]),
        throttled: (app, reason, count) => void this.throttled.push([app, reason, count]),
        mediumUploaded: () => undefined,
      },
      tracing: NO_TRACING,
      stopping: this.stopping.signal,
    }
    this.api = this.#api()
    this.runtime = {
      app: {
        name: "alerts",
        corpId: "ww0000000000000001",
        agentId: 1_000_002,
        partyId: "1000002",
        createdAt: NOON,
        updatedAt: NOON,
        settings: {},
        pause: undefined,
        version: 1,
        kind: "app",
      },
      channel: appMessageChannel(this.api, 1_000_002),
      governor: this.governor,
      people: this.#people(),
      api: { ...this.api, pass: () => Promise.reject(new Error("nothing is passed on here")) },
      directory: { look: readsNothing, lookAtTag: readsNothing },
      paceOf: () => ({ take: () => Promise.resolve({ [Symbol.dispose]: () => undefined }) }),
      connection: {
        ask: () => {
          this.agentGets++
          return Promise.resolve()
        },
      },
    }
    this.run = this.newRun()
  }

  /** Another turn at the message. */
  newRun(): RunContext {
    return new RunContext(this.deps, this.runtime, this.claimed, this.slot)
  }

  readonly slot = {
    take: () => void this.slots.push("take"),
    release: () => void this.slots.push("release"),
    isOfBacklog: false,
    isSurelyOurs: () => this.isSurelyOurs,
  }

  #api(): Api {
    return {
      clock: this.clock.steady,
      call: async (request) => {
        this.requests.push(request)
        const answer = this.answers.length > 1 ? this.answers.shift() : this.answers[0]
        if (answer instanceof Error) throw answer
        return typeof answer === "function" ? answer(request) : { ...OK, ...answer }
      },
      download: () => Promise.reject(new Error("nothing is downloaded here")),
    }
  }

  #people(): People {
    const people: Pick<People, "recall" | "known" | "ask"> = {
      recall: async (_types, addresses) => addresses.map((address) => this.remembered.get(address)),
      known: async (addresses) => addresses.map(({ address }) => this.known.get(address)),
      ask: (addresses, options) => this.ask(addresses, options?.signal),
    }
    return people as People
  }
}

export function found(userid: string): LookupResult {
  return { kind: "found", userid, isRemembered: false }
}

/** A call that waits for its next attempt. */
export function aFrozenCall(changes: Partial<FrozenCall> = {}): FrozenCall {
  return {
    messageId: "msg_1",
    kind: "app_message",
    number: 1,
    part: 0,
    body: JSON.stringify({ touser: "zhangsan", agentid: 1_000_002 }),
    checkSeconds: 14_400,
    positions: [0],
    firstTryAt: NOON,
    attempts: 1,
    spentAttempts: 0,
    crashes: 0,
    phase: "waiting",
    mayHaveArrived: false,
    retryAt: undefined,
    lastErrcode: undefined,
    ...changes,
  }
}

/** A call that WeCom has accepted, as the store returns it. */
export function aCallView(changes: Partial<CallView> = {}): CallView {
  return {
    number: 1,
    part: 0,
    final: true,
    inFlight: false,
    kind: "app_message",
    mayHaveArrived: false,
    positions: [],
    result: "accepted",
    errcode: 0,
    msgid: "wecom-msgid",
    responseCode: undefined,
    finishedAt: NOON,
    recalledAt: undefined,
    isShared: false,
    ...changes,
  }
}

function readsNothing(): Promise<never> {
  return Promise.reject(new Error("nothing is read here"))
}
