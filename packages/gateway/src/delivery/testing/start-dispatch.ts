import { agentParty } from "../../model/party.ts"
import { ask } from "../../../../../tools/testing/ask.ts"
import { undiciTransport } from "@wecom-push/sdk"
import type { Transport } from "@wecom-push/sdk"
import { startSimulator } from "@wecom-push/simulator"
import type { Simulator, SimulatorOptions } from "@wecom-push/simulator"
import { JumpAwareClock } from "../../model/jump-aware-clock.ts"
import { DEFAULT_LIFETIME_MS } from "../../model/message.ts"
import type { Message } from "../../model/message.ts"
import type { NotedClock } from "../../model/ports/clock-notes.ts"
import type { Settings } from "../../model/ports/apps.ts"
import type { Dispatcher } from "../../model/ports/dispatcher.ts"
import type { AttemptView, MessageSummary, RecipientView } from "../../model/ports/reader.ts"
import type { LocalStores } from "../../model/ports/stores.ts"
import { CHUNK_SIZE } from "../../model/recipients.ts"
import type { RecipientChunk, RecipientType } from "../../model/recipients.ts"
import { MASTER_KEY, TemporaryFolder, copyAsLeft, placeEmptyDatabase } from "../../store/testing/open-store.ts"
import { openSqlite } from "../../store/sqlite/open.ts"
import { localGovernors } from "../../limits/local-governors.ts"
import { startDispatcher } from "../dispatcher.ts"
import { localQueue } from "../queue/scheduler.ts"
import { fastClock } from "./fast-clock.ts"
import type { FastClock } from "./fast-clock.ts"

const CORP_ID = "ww0000000000000001"
const ALERTS = { name: "alerts", corpId: CORP_ID, agentId: 1000002, secrets: { secret: "sim-secret-alerts" } }
/** The ids of the app `alerts`. */
export const ALERTS_IDS = { corpId: CORP_ID, agentId: 1000002 }
export const ALERTS_AGENT = agentParty(ALERTS_IDS)
const HR = { name: "hr", corpId: CORP_ID, agentId: 1000003, secrets: { secret: "sim-secret-hr" } }

/** What the simulator saw. */
export interface SeenCall {
  readonly seq: number
  readonly at: number
  readonly path: string
  readonly body: Readonly<Record<string, unknown>>
  readonly sha256: string
  readonly errcode: number | null
  readonly shown: readonly string[]
  readonly suppressed: readonly string[]
  readonly dropped: readonly string[]
  readonly fault: string | null
}

export interface Posted extends Partial<Omit<Message, "parts">> {
  readonly users?: readonly string[]
  readonly mobiles?: readonly string[]
  readonly emails?: readonly string[]
  readonly departments?: readonly number[]
  readonly tags?: readonly number[]
  readonly all?: boolean
  readonly text?: string
  readonly parts?: readonly string[]
}

export interface DispatchOptions {
  readonly simulator?: SimulatorOptions
  readonly settings?: Settings
  readonly corpSettings?: Settings
  /** Wraps the stores that the dispatcher uses. */
  readonly wrap?: (stores: LocalStores) => LocalStores
  readonly transport?: (real: Transport) => Transport
  readonly baseUrl?: string
  readonly random?: () => number
  readonly attemptTimeoutMs?: number
  /** Each time the database is opened, it counts as a copy that is older than the messages that went out. */
  readonly afterRestore?: boolean
  /** The test starts the dispatcher. */
  readonly idle?: boolean
}

/** A dispatcher on a database of its own, a simulator as WeCom, and one clock for both. */
export class DispatchUnderTest implements AsyncDisposable {
  readonly simulator: Simulator
  readonly clock: FastClock = fastClock()
  readonly log: { readonly level: string; readonly fields: object; readonly sentence: string }[] = []
  readonly uploads: string[] = []
  readonly throttled = new Map<string, number>()
  /** The final states that the metrics have counted. */
  readonly finished = new Map<string, number>()
  #options: DispatchOptions
  readonly #transport = undiciTransport()
  #folder = new TemporaryFolder()
  #stores: LocalStores | undefined
  #dispatcher: Dispatcher | undefined
  #posted = 0
  #notedClock: NotedClock | undefined
  #watched: JumpAwareClock | undefined
  #life = { ended: false }
  readonly #over = Promise.withResolvers<never>()

  constructor(simulator: Simulator, options: DispatchOptions) {
    this.simulator = simulator
    this.#options = options
  }

  get databaseFile(): string {
    return this.#folder.file()
  }

  get stores(): LocalStores {
    if (this.#stores === undefined) throw new Error("not started")
    return this.#stores
  }

  get dispatcher(): Dispatcher {
    if (this.#dispatcher === undefined) throw new Error("not started")
    return this.#dispatcher
  }

  async open(): Promise<void> {
    const { afterRestore = false } = this.#options
    const file = this.#folder.file()
    const { stores } = await openSqlite({ file, masterKey: MASTER_KEY, now: this.clock.now(), afterRestore })
    this.#stores = stores
    this.#notedClock = await stores.clockNotes.read()
  }

  start(): Dispatcher {
    const { wrap = (stores) => stores, transport = (real) => real, random = () => 1 } = this.#options
    const { baseUrl, attemptTimeoutMs } = this.#options
    const note = (level: string) => (fields: object, sentence: string) => {
      this.log.push({ level, fields, sentence })
    }
    const stores = wrap(this.stores)
    this.#watched = new JumpAwareClock(this.clock, this.#notedClock)
    this.#dispatcher = startDispatcher({
      stores,
      createQueue: localQueue(stores.outbox),
      createGovernors: localGovernors(stores),
      baseUrl: baseUrl ?? this.simulator.url,
      transport: transport(this.#mortal()),
      clock: this.#watched,
      random,
      log: { info: note("info"), warn: note("warn"), error: note("error") },
      metrics: {
        recipientsFinished: (_app, state, count) => this.finished.set(state, (this.finished.get(state) ?? 0) + count),
        mediumUploaded: (_app, reason) => this.uploads.push(reason),
        throttled: (_app, reason, count = 1) => this.throttled.set(reason, (this.throttled.get(reason) ?? 0) + count),
      },
      hooks: {},
      ...(attemptTimeoutMs !== undefined && { attemptTimeoutMs }),
    })
    return this.#dispatcher
  }

  /** Sends nothing any more once the process has died. */
  #mortal(): Transport {
    const real = this.#transport
    const life = { ended: false }
    this.#life = life
    return {
      ...real,
      request: (request) => (life.ended ? this.#over.promise : real.request(request)),
    }
  }

  /** The process dies and another one starts with its database. Requests under way stay open, and no new ones join them. */
  crash(changes: Partial<DispatchOptions> = {}): Promise<void> {
    this.#life.ended = true
    return this.crashTo(this.snapshot(), changes)
  }

  /** The database as a process that died now would leave it. */
  snapshot(): TemporaryFolder {
    const folder = new TemporaryFolder()
    copyAsLeft(this.#folder.file(), folder.file())
    return folder
  }

  async crashTo(left: TemporaryFolder, changes: Partial<DispatchOptions> = {}): Promise<void> {
    const old = { stores: this.stores, dispatcher: this.#dispatcher, folder: this.#folder }
    this.#folder = left
    this.#options = { ...this.#options, ...changes }
    await old.stores[Symbol.asyncDispose]()
    void old.dispatcher?.stop(0)
    old.folder[Symbol.dispose]()
    await this.open()
    this.start()
  }

  /** Accepts a message as the HTTP door would. @returns its id */
  async post({
    users = [],
    mobiles = [],
    emails = [],
    departments = [],
    tags = [],
    all,
    text,
    ...message
  }: Posted): Promise<string> {
    const rows: [RecipientType, string][] = [
      ...(all === true ? [["all", "@all"] as [RecipientType, string]] : []),
      ...users.map((address): [RecipientType, string] => ["user", address]),
      ...mobiles.map((address): [RecipientType, string] => ["mobile", address]),
      ...emails.map((address): [RecipientType, string] => ["email", address]),
      ...departments.map((id): [RecipientType, string] => ["department", String(id)]),
      ...tags.map((id): [RecipientType, string] => ["tag", String(id)]),
    ]
    const now = this.#watched?.now() ?? this.clock.now()
    const id = message.id ?? `msg_${++this.#posted}`
    const parts = message.parts ?? [JSON.stringify({ msgtype: "text", text: { content: text ?? `第 ${id} 条` } })]
    await this.stores.outbox.accept({
      message: {
        app: "alerts",
        keyId: "key_1",
        msgtype: "text",
        priority: "normal",
        acceptedAt: now,
        sendAt: now,
        expiresAt: now + DEFAULT_LIFETIME_MS,
        ...(message.expiresAt === undefined && { expiryMoves: true as const }),
        clockSetMs: this.#watched?.setByMs ?? 0,
        duplicateCheck: { by: "gateway" },
        recipientCount: rows.length,
        ...message,
        id,
        parts,
      },
      chunks: chunksOf(rows),
    })
    return id
  }

  async summary(id: string): Promise<MessageSummary> {
    const summary = await this.stores.reader.message(id, { apps: "all", now: this.clock.now() })
    if (summary === undefined) throw new Error(`no message ${id}`)
    return summary
  }

  async recipients(id: string): Promise<readonly RecipientView[]> {
    return (await this.stores.reader.recipients({ messageId: id, limit: 10_000 })).items
  }

  async attempts(id: string): Promise<readonly AttemptView[]> {
    return (await this.stores.reader.attempts({ messageId: id, limit: 10_000 })).items
  }

  /** As in `["sent", "not_found"]`, in the order of the recipients. */
  async states(id: string): Promise<readonly string[]> {
    return (await this.recipients(id)).map(({ state }) => state)
  }

  /** Waits for a message to be finished. @returns the outcomes of its recipients */
  async outcome(id: string): Promise<readonly string[]> {
    await this.until(async () => (await this.summary(id)).finishedAt !== undefined, `${id} to be finished`)
    return this.states(id)
  }

  /** Waits in real time until the condition is true. */
  async until(isSo: () => boolean | Promise<boolean>, what = "it"): Promise<void> {
    const deadline = performance.now() + 60_000
    while (!(await isSo())) {
      if (performance.now() > deadline) throw new Error(`waited too long for ${what}`)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }

  /** Lets time pass on both sides. */
  async advance(seconds: number): Promise<void> {
    await this.control("POST", "clock", { advance_s: seconds })
    this.clock.advance(seconds * 1000)
  }

  fault(fault: Readonly<Record<string, unknown>>): Promise<unknown> {
    return this.control("POST", "faults", fault)
  }

  settings(settings: Readonly<Record<string, unknown>>): Promise<unknown> {
    return this.control("PUT", "settings", settings)
  }

  async calls(path = "message/send"): Promise<readonly SeenCall[]> {
    const { calls } = (await this.control("GET", "calls")) as { calls: SeenCall[] }
    return calls.filter((call) => call.path === `/cgi-bin/${path}`)
  }

  async stats(): Promise<Readonly<Record<string, number>>> {
    return (await this.control("GET", "stats")) as Record<string, number>
  }

  /** Texts on a phone, in order. */
  async phone(userid: string): Promise<readonly string[]> {
    const { messages } = (await this.control("GET", `messages?userid=${userid}`)) as {
      messages: { body: { text?: { content: string } } }[]
    }
    return messages.map(({ body }) => body.text?.content ?? "")
  }

  async control(method: string, path: string, body?: unknown): Promise<unknown> {
    const { status, text } = await ask(`${this.simulator.url}/_sim/${path}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    if (status >= 300) throw new Error(text)
    return JSON.parse(text)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#dispatcher?.stop(0)
    await this.#stores?.[Symbol.asyncDispose]()
    this.#folder[Symbol.dispose]()
    // Otherwise the deadlines and pauses of the processes that died would keep the test file running.
    this.#over.promise.catch(() => undefined)
    this.#over.reject(new Error("the test is over"))
    this.clock.advance(24 * 3_600_000)
    // The simulator is closed first, or closing the transport would wait for the requests that hang there.
    await this.simulator.close()
    await this.#transport.close()
  }
}

export async function startDispatch(options: DispatchOptions = {}): Promise<DispatchUnderTest> {
  const simulator = await startSimulator({ port: 0, ...options.simulator })
  const test = new DispatchUnderTest(simulator, options)
  try {
    await placeEmptyDatabase(test.databaseFile)
    await test.open()
    for (const app of [ALERTS, HR]) {
      await test.stores.apps.put({ ...app, settings: options.settings ?? {} }, test.clock.now())
    }
    if (options.corpSettings !== undefined) await test.stores.corps.put(CORP_ID, options.corpSettings, test.clock.now())
    if (options.idle !== true) test.start()
  } catch (error) {
    await test[Symbol.asyncDispose]()
    throw error
  }
  return test
}

function* chunksOf(rows: readonly [RecipientType, string][]): Generator<RecipientChunk> {
  for (let from = 0; from < rows.length; from += CHUNK_SIZE) {
    const slice = rows.slice(from, from + CHUNK_SIZE)
    yield {
      index: from / CHUNK_SIZE,
      types: slice.map(([type]) => type),
      addresses: slice.map(([, address]) => address),
      states: slice.map(() => "pending"),
      userids: slice.map(([type, address]) => (type === "user" ? address : null)),
      calls: slice.map(() => null),
      details: {},
    }
  }
}
