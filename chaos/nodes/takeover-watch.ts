import { setTimeout as sleep } from "node:timers/promises"
import { Client } from "pg"
import { NODE_LOCKS } from "../../packages/gateway/src/store/postgres/locks.ts"
import type { History } from "../history.ts"

/** Checks many times a second which messages still belong to dead nodes. */
export class TakeoverWatch implements AsyncDisposable {
  readonly #url: string
  readonly #history: History
  readonly #ending = new AbortController()
  readonly #left = new Map<number, { readonly seenAt: number; messages: number }>()
  readonly #looking: Promise<void>

  constructor(url: string, history: History) {
    this.#url = url
    this.#history = history
    this.#looking = this.#look()
  }

  /** Also reports messages that belong to dead nodes now. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort()
    await this.#looking
    this.#see(new Map())
  }

  async #look(): Promise<void> {
    while (!this.#ending.signal.aborted) {
      const client = new Client({ connectionString: this.#url, application_name: "takeover watch" })
      client.on("error", () => undefined)
      try {
        await client.connect()
        while (!this.#ending.signal.aborted) {
          const { rows } = await client.query<{ worker: number; messages: number }>(OF_THE_DEAD)
          this.#see(new Map(rows.map(({ worker, messages }) => [worker, messages])))
          await this.#pause()
        }
      } catch {
        // The database has a fault, which is noted elsewhere.
        await this.#pause()
      } finally {
        await client.end().catch(() => undefined)
      }
    }
  }

  async #pause(): Promise<void> {
    await sleep(EVERY_MS, undefined, { signal: this.#ending.signal }).catch(() => undefined)
  }

  #see(now: ReadonlyMap<number, number>): void {
    for (const [worker, { seenAt, messages }] of this.#left) {
      if (now.has(worker)) continue
      this.#left.delete(worker)
      this.#history.add({ kind: "taken_over", messages, afterMs: Math.round(performance.now() - seenAt) })
    }
    for (const [worker, messages] of now) {
      const before = this.#left.get(worker)
      if (before === undefined) this.#left.set(worker, { seenAt: performance.now(), messages })
      else before.messages = Math.max(before.messages, messages)
    }
  }
}

const EVERY_MS = 50
/** Messages of dead nodes: a node without a session holds no lock. */
const OF_THE_DEAD = `select worker, count(*)::integer as messages from wecom_push.messages
  where worker is not null and job is not null and not exists (
    select 1 from pg_locks where locktype = 'advisory' and classid = ${NODE_LOCKS}::bigint::oid and objsubid = 2 and granted
      and database = (select oid from pg_database where datname = current_database()) and objid::bigint = worker)
  group by worker`
