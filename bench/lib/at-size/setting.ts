import { once } from "node:events"
import { loadavg } from "node:os"
import { setTimeout as sleep } from "node:timers/promises"
import { startServer } from "../child.ts"
import type { ServerChild } from "../child.ts"
import { ADMIN_KEY } from "../gateway/plan.ts"
import { serve } from "../gateway/serve.ts"
import type { ServedGateway } from "../gateway/serve.ts"
import { Folder } from "../gateway/start.ts"
import { packed } from "../packed.ts"
import { startPostgres } from "../postgres.ts"
import type { BenchPostgres } from "../postgres.ts"
import { RawClient } from "../raw-client.ts"
import { quantile } from "../rounds.ts"

/** The amount of each row. */
export interface Sizes {
  readonly followers: number
  readonly apps: number
  readonly storm: number
  readonly expiring: number
  readonly lane: number
}

export interface Health {
  readonly worst: number
  readonly p99: number
  /** How many answers took longer than 50 ms. */
  readonly over50: number
}

type Message = Readonly<Record<string, unknown>>
type MessageAt = (index: number, at: string) => Message

/** One packed gateway on an empty database, and the results of a row. */
export class AtSize implements AsyncDisposable {
  readonly gateway: ServedGateway
  readonly stub: ServerChild
  /** Undefined on SQLite. */
  readonly postgres: BenchPostgres | undefined
  readonly #resources: AsyncDisposableStack
  readonly #conditions: () => string
  #broken = 0

  /** @param isPausing WeCom trusts no address, so that each app pauses at its first message */
  static async start(isOnPostgres: boolean, isPausing: boolean): Promise<AtSize> {
    await using resources = new AsyncDisposableStack()
    const command = await packed()
    const folder = resources.use(await Folder.make())
    const stub = resources.use(await startServer("lib/stub.ts", isPausing ? ["untrusting"] : []))
    const postgres = isOnPostgres ? resources.use(await startPostgres()) : undefined
    const database = postgres === undefined ? {} : { databaseUrl: await postgres.newDatabase("gateway") }
    const gateway = resources.use(await serve(folder, stub.port, database))
    const conditions = (): string =>
      `${postgres?.conditions() ?? `SQLite, load ${(loadavg()[0] ?? Number.NaN).toFixed(1)}`}; ${command.describe()}`
    return new AtSize({ gateway, stub, postgres }, conditions, resources.move())
  }

  private constructor(
    { gateway, stub, postgres }: Pick<AtSize, "gateway" | "stub" | "postgres">,
    conditions: () => string,
    resources: AsyncDisposableStack,
  ) {
    this.gateway = gateway
    this.stub = stub
    this.postgres = postgres
    this.#conditions = conditions
    this.#resources = resources
  }

  /** How many promises did not hold. */
  get broken(): number {
    return this.#broken
  }

  describe(): string {
    return this.#conditions()
  }

  tell(what: string, measured: number, holds: (measured: number) => boolean): void {
    if (!holds(measured)) this.#broken++
    console.log(`${holds(measured) ? "ok  " : "FAIL"} ${what}: ${measured.toFixed(2)}`)
  }

  note(text: string): void {
    console.log(`     ${text}`)
  }

  /** @throws when the answer is not a success */
  async ask(path: string, method = "GET", body?: object): Promise<unknown> {
    const headers = { authorization: `Bearer ${ADMIN_KEY}`, "content-type": "application/json" }
    const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) }
    const answer = await fetch(`${this.gateway.url}${path}`, init)
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status} ${await answer.text()}`)
    return answer.status === 204 ? undefined : answer.json()
  }

  register(name: string, index: number): Promise<unknown> {
    const corp = { corp_id: "ww0000000000000001", agent_id: 2_000_000 + index, secret: `secret-of-${name}` }
    return this.ask("/v1/apps", "POST", { name, ...corp })
  }

  /** Posts messages in batches over one connection. */
  async takeIn(count: number, messageAt: (index: number) => Message): Promise<void> {
    using client = await RawClient.connect(this.gateway.port, 1)
    for (let from = 0; from < count; from += MOST_IN_BATCH) {
      const batch = Array.from({ length: Math.min(MOST_IN_BATCH, count - from) }, (_, n) => messageAt(from + n))
      await client.post("/v1/messages/batch", ADMIN_KEY, JSON.stringify(batch), 200)
    }
  }

  /**
   * Posts messages that all name one moment, and waits for it.
   * @param messageAt gets the moment in RFC 3339
   * @throws when the moment has passed before all are accepted
   */
  async takeInBefore(count: number, messageAt: MessageAt): Promise<void> {
    const moment = Date.now() + LEAST_AHEAD_MS + (count / MESSAGES_PER_SECOND) * 1000
    const at = new Date(moment).toISOString()
    await this.takeIn(count, (n) => messageAt(n, at))
    if (Date.now() > moment) throw new Error(`${count} messages were taken in ${Date.now() - moment} ms too late`)
    await sleep(moment - Date.now())
  }

  /** @returns how long `/healthz` took, in milliseconds, asked every 20 ms while the work was done */
  async health(work: () => Promise<unknown>): Promise<Health> {
    const done = new AbortController()
    const times: number[] = []
    const looking = (async () => {
      using client = await RawClient.connect(this.gateway.port, 1)
      while (!done.signal.aborted) {
        const askedAt = performance.now()
        await client.get("/healthz")
        times.push(performance.now() - askedAt)
        await Promise.race([sleep(20), once(done.signal, "abort")])
      }
    })()
    await work()
    done.abort()
    await looking
    return { worst: Math.max(...times), p99: quantile(times, 0.99), over50: times.filter((ms) => ms > 50).length }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#resources.disposeAsync()
  }
}

export function text(to: string, content: string, more: Message = {}): Message {
  return { to: { users: [to] }, msgtype: "text", text: { content }, ...more }
}

const MOST_IN_BATCH = 500
/** About a third of what a gateway on PostgreSQL accepts, so that a slow machine is in time. */
const MESSAGES_PER_SECOND = 1500
const LEAST_AHEAD_MS = 30_000
