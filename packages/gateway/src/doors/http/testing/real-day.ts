import assert from "node:assert/strict"
import { setTimeout as sleep } from "node:timers/promises"
import { undiciTransport } from "@wecom-push/sdk"
import type { Transport } from "@wecom-push/sdk"
import { simClient } from "../../../../../simulator/src/testing/sim-client.ts"
import type { Call, SimClient } from "../../../../../simulator/src/testing/sim-client.ts"
import { startDispatcher } from "../../../delivery/dispatcher.ts"
import { stillClock } from "../../../delivery/testing/fast-clock.ts"
import type { FastClock } from "../../../delivery/testing/fast-clock.ts"
import type { Gateway } from "../../../app/main.ts"
import { startGateway } from "../../../app/main.ts"
import type { WorkQueue } from "../../../model/ports/work.ts"
import { JobQueue } from "../../../store/postgres/job-queue.ts"
import { newMigratedDatabase } from "../../../store/postgres/testing/migrated-database.ts"
import { SetClock } from "../../../store/postgres/testing/set-clock.ts"
import { MASTER_KEY, placeEmptyDatabase, TemporaryFolder } from "../../../store/testing/open-store.ts"
import { ADMIN_KEY, request } from "./start-gateway.ts"
import type { RequestOptions } from "./start-gateway.ts"

// oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers freely
type Json = Record<string, any>

/** The stores of a gateway. A rule that holds on one must hold on the other. */
export const STORES = ["SQLite", "PostgreSQL"] as const
type StoreName = (typeof STORES)[number]

export interface RealDayOptions {
  readonly store: StoreName
  /** Settings of the apps. */
  readonly settings?: Readonly<Json>
  /** The time limit of one request to WeCom. */
  readonly attemptTimeoutMs?: number
  /** Wraps the transport between gateway and WeCom. */
  readonly transport?: (real: Transport) => Transport
}

/**
 * The whole system, over HTTP: a gateway on a store, WeCom behind it, and one clock for all of them, which can be put
 * forward. The apps `alerts`, `hr` and `root` are three agents.
 */
export class RealDay implements AsyncDisposable {
  readonly sim: SimClient
  readonly log: Json[] = []
  readonly #options: RealDayOptions
  readonly #clock: FastClock
  readonly #resources: AsyncDisposableStack
  readonly #databaseClock: SetClock | undefined
  readonly #database: Readonly<Record<string, string>>
  #gateway: Gateway | undefined
  #boot = "first"
  /** The life of the gateway's process. */
  #life = { hasEnded: false }
  readonly #over = Promise.withResolvers<never>()
  #queue: WorkQueue | undefined
  #hasSettings = false

  static async start(options: RealDayOptions): Promise<RealDay> {
    await using resources = new AsyncDisposableStack()
    const sim = resources.use(await simClient())
    await sim.settings({ limits: { member_per_minute: null, member_per_hour: null } })
    let database: Readonly<Record<string, string>>
    const clock = stillClock()
    let databaseClock: SetClock | undefined
    if (options.store === "SQLite") {
      const file = resources.use(new TemporaryFolder()).file()
      await placeEmptyDatabase(file)
      database = { WECOM_PUSH_DATABASE_URL: `sqlite:${file}` }
    } else {
      const { url } = resources.use(await newMigratedDatabase())
      databaseClock = await SetClock.stop(url, clock.now())
      database = { WECOM_PUSH_DATABASE_URL: url }
    }
    const day = new RealDay(sim, options, clock, resources.move(), database, databaseClock)
    try {
      await day.#open()
    } catch (error) {
      await day[Symbol.asyncDispose]()
      throw error
    }
    return day
  }

  private constructor(
    sim: SimClient,
    options: RealDayOptions,
    clock: FastClock,
    resources: AsyncDisposableStack,
    database: Readonly<Record<string, string>>,
    databaseClock: SetClock | undefined,
  ) {
    this.sim = sim
    this.#options = options
    this.#clock = clock
    this.#resources = resources
    this.#database = database
    this.#databaseClock = databaseClock
  }

  async #open(): Promise<void> {
    const { settings = {}, attemptTimeoutMs, transport: wrap = (real) => real } = this.#options
    const life = { hasEnded: false }
    this.#life = life
    const real = this.#resources.adopt(undiciTransport(), (way) => way.close())
    const wrapped = wrap(real)
    const request: Transport["request"] = async (asked) => {
      const reply = life.hasEnded ? undefined : await Promise.race([wrapped.request(asked), this.#over.promise])
      // A process that has died gets no answers.
      return life.hasEnded || reply === undefined ? this.#over.promise : reply
    }
    this.#gateway = await startGateway({
      environment: {
        WECOM_PUSH_ADMIN_KEY: ADMIN_KEY,
        WECOM_PUSH_MASTER_KEY: Buffer.from(MASTER_KEY).toString("hex"),
        ...this.#database,
      },
      port: 0,
      clock: this.#clock,
      uptime: { boot: this.#boot, ms: () => Math.round(this.#clock.monotonic()) },
      apps: [
        { name: "alerts", corpId: "ww0000000000000001", agentId: 1_000_002, secret: "sim-secret-alerts" },
        { name: "hr", corpId: "ww0000000000000001", agentId: 1_000_003, secret: "sim-secret-hr" },
        { name: "root", corpId: "ww0000000000000001", agentId: 1_000_004, secret: "sim-secret-root" },
      ],
      logTo: { write: (line) => void this.log.push(JSON.parse(line) as Json) },
      createDispatcher: ({ stores, createQueue, createGovernors, clock, log, metrics }) =>
        startDispatcher({
          stores,
          createQueue: (deps) => (this.#queue = createQueue(deps)),
          createGovernors,
          log,
          metrics,
          baseUrl: this.sim.sim.url,
          transport: { ...real, request },
          clock,
          random: () => 1,
          hooks: metrics.apiHooks,
          ...(attemptTimeoutMs !== undefined && { attemptTimeoutMs }),
        }),
    })
    if (this.#hasSettings) return
    this.#hasSettings = true
    for (const app of ["alerts", "hr", "root"]) {
      const limits = { member_per_minute: null, member_per_hour: null, ...settings }
      const { status, text } = await this.ask(`/v1/apps/${app}`, { method: "PATCH", body: { settings: limits } })
      assert.equal(status, 200, text)
    }
  }

  /** The process dies with its work under way, and another one starts on its database. */
  async kill(): Promise<void> {
    await this.stop()
    await this.start()
  }

  /** The first half of `kill`. */
  async stop(): Promise<void> {
    this.#life.hasEnded = true
    await this.#gateway?.stop(0)
    this.#queue = undefined
  }

  /** The second half of `kill`. */
  async start(): Promise<void> {
    await this.#open()
  }

  /** The machine restarts while no gateway runs, and with it its uptime. */
  reboot(): void {
    this.#boot = "next"
  }

  now(): number {
    return this.#clock.now()
  }

  ask(path: string, init?: RequestOptions): ReturnType<typeof request> {
    assert.ok(this.#gateway !== undefined)
    return request(this.#gateway.url + path, init)
  }

  /** A text to zhangsan as `alerts`, unless said otherwise. @returns its id */
  async post(content: string, changes: Readonly<Json> = {}): Promise<string> {
    const body = { app: "alerts", to: { users: ["zhangsan"] }, msgtype: "text", text: { content }, ...changes }
    const { status, json, text } = await this.ask("/v1/messages", { body })
    assert.equal(status, 202, text)
    return String(json.id)
  }

  /** Texts to zhangsan as that app, all at once. @returns their ids */
  async postAll(contents: readonly string[], app: string): Promise<readonly string[]> {
    const to = { users: ["zhangsan"] }
    const body = contents.map((content) => ({ app, to, msgtype: "text", text: { content } }))
    const { status, json, text } = await this.ask("/v1/messages/batch", { body })
    assert.equal(status, 200, text)
    return (json as readonly Json[]).map(({ id }) => String(id))
  }

  async message(id: string): Promise<Json> {
    return (await this.ask(`/v1/messages/${id}`)).json as Json
  }

  async recipients(id: string): Promise<readonly Json[]> {
    return (await this.ask(`/v1/messages/${id}/recipients`)).json.items as Json[]
  }

  async attempts(id: string): Promise<readonly Json[]> {
    return (await this.ask(`/v1/messages/${id}/attempts`)).json.items as Json[]
  }

  async state(id: string): Promise<string> {
    return String((await this.message(id))["state"])
  }

  /** Waits for the message to be in that state. */
  async until(id: string, state: string): Promise<void> {
    await this.comes(async () => (await this.state(id)) === state, `${id} to be ${state}`)
  }

  /** Waits until this many of the message's attempts have ended. */
  async tried(id: string, count = 1): Promise<void> {
    await this.comes(
      async () => (await this.attempts(id)).filter(({ finished_at: at }) => at !== null).length >= count,
      `${id} to be tried ${count} times`,
    )
  }

  /**
   * WeCom refuses `alerts`, and the app's first message finds that out: the app is paused, and no call of that message is
   * under way any more.
   */
  async pause(content: string, changes: Readonly<Json> = {}): Promise<void> {
    await this.fault({ kind: "errcode", errcode: 60020 })
    await this.tried(await this.post(content, changes))
    await this.comes(async () => (await this.ask("/v1/apps/alerts")).json["pause"] !== null, "the app to be paused")
    await this.advance(1)
  }

  /**
   * Waits until the condition is true while time passes, in tenths of a second. A wait of a minute would take a minute of
   * real time that way, and longer on a busy machine; so after a few seconds, time passes in whole seconds.
   */
  async comesInTime(isSo: () => boolean | Promise<boolean>, what: string): Promise<void> {
    const startedAt = performance.now()
    const look = async (): Promise<boolean> => {
      await this.advance(performance.now() - startedAt < IN_TENTHS_FOR_MS ? 0.1 : 1)
      return isSo()
    }
    await this.comes(look, what)
  }

  /**
   * Waits until the condition is true, in real time. If that takes long, time passes: on a busy machine the gateway may have
   * waited too long for a database connection, and it tries again after a pause, which never ends while the clock does not
   * move.
   */
  async comes(isSo: () => boolean | Promise<boolean>, what: string): Promise<void> {
    const [startedAt, from] = [performance.now(), this.now()]
    while (!(await isSo())) {
      const waitedMs = performance.now() - startedAt
      if (waitedMs > LONGEST_WAIT_MS)
        throw new Error(
          `waited too long, ${this.now() - from} ms of its time, for ${what}; the log says\n${this.#troubles()}`,
        )
      if (waitedMs > STANDS_FOR_MS) await this.advance(0.1)
      await sleep(5)
    }
  }

  /** The gateway's warnings. */
  #troubles(): string {
    return this.log.flatMap((line) => (line["level"] === "info" ? [] : JSON.stringify(line))).join("\n")
  }

  /**
   * Waits until each send counts from its own time in the window of its member, where messages wait for room in it. On
   * PostgreSQL that time is stored after a send has ended.
   */
  async sendsAreNoted(): Promise<void> {
    await this.comes(async () => (await this.#databaseClock?.hasAllSends()) ?? true, "the times of sends to be noted")
  }

  /**
   * Time passes for gateway, database and WeCom; in steps, because work that one step causes may need a part of the next.
   */
  async advance(seconds: number, { inStepsOf = 1 }: { readonly inStepsOf?: number } = {}): Promise<void> {
    for (let left = seconds; left > 0; left -= inStepsOf) {
      const step = Math.min(inStepsOf, left)
      await this.sim.advance(step)
      this.#clock.advance(step * 1000)
      await this.#databaseClock?.set(this.#clock.now())
      await this.#handOutDue()
    }
  }

  /** Sets the wall clock of the machine and of the database. No time passes, neither here nor at WeCom. */
  async setClock(byMs: number): Promise<void> {
    // The database's clock is set first, because gateways use it: they do not notice the jump before it.
    await this.#databaseClock?.set(this.#clock.now() + byMs)
    this.#clock.jump(byMs)
    await this.#handOutDue()
  }

  /** Due messages are handed out, and their work begins. */
  async #handOutDue(): Promise<void> {
    for (let looks = 0; looks < LOOKS_PER_SECOND; looks++) {
      this.#queue?.wake()
      if (this.#queue instanceof JobQueue) {
        await this.#queue.findExpired()
        await this.#queue.polled()
      }
      await sleep(SETTLES_IN_MS)
    }
  }

  /** The gateway looks for expired messages, as it does every 15 s on PostgreSQL, and at each turn on SQLite. */
  async lookForExpired(): Promise<void> {
    if (this.#queue instanceof JobQueue) await this.#queue.findExpired()
    await this.#handOutDue()
  }

  /** @returns how many seconds passed, by our clock, until the condition was true */
  async secondsUntil(isSo: () => boolean | Promise<boolean>, { atMost }: { readonly atMost: number }): Promise<number> {
    for (let seconds = 0; seconds <= atMost; seconds++) {
      // On a busy machine the work of one second takes many times as long as a second takes here.
      for (const from = performance.now(); performance.now() - from < WORKS_FOR_MS; await sleep(20)) {
        if (await isSo()) return seconds
      }
      await this.advance(1)
    }
    return Infinity
  }

  async fault(fault: Readonly<Json>): Promise<void> {
    const answer = await this.sim.control("POST", "faults", { path: "message/send", times: 1_000_000, ...fault })
    assert.ok(answer.ok, await answer.text())
  }

  async endFaults(): Promise<void> {
    await this.sim.control("DELETE", "faults")
  }

  /** Texts that a phone shows. */
  async phone(userid = "zhangsan"): Promise<readonly string[]> {
    return (await this.sim.copies(userid)).map(({ payload }) => String(payload["content"]))
  }

  async calls(path = "message/send"): Promise<readonly Call[]> {
    return (await this.sim.calls()).filter((call) => call.path === `/cgi-bin/${path}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#gateway?.stop(0)
    // An endless wait would keep the test file running.
    this.#over.promise.catch(() => undefined)
    this.#over.reject(new Error("the test is over"))
    await this.#resources.disposeAsync()
  }
}

const LONGEST_WAIT_MS = 60_000
const IN_TENTHS_FOR_MS = 3000
const STANDS_FOR_MS = 10_000
const LOOKS_PER_SECOND = 2
/** The work of a second is done within this time, or within that of one of the next seconds. */
const SETTLES_IN_MS = 15
const WORKS_FOR_MS = 300
