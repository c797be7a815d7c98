import { setTimeout as sleep } from "node:timers/promises"
import { Pool } from "undici"
import { ADMIN_KEY } from "../gateway/plan.ts"

export interface LoadOptions {
  readonly perSecond: number
  readonly members: number
  /** The current addresses of the gateways. */
  readonly urls: () => readonly string[]
}

/** Posts messages at a constant rate, without waiting for answers, and repeats each with its key until it is accepted. */
export class Load {
  readonly #options: LoadOptions
  readonly #pools = new Map<string, Pool>()
  readonly #underWay = new Set<Promise<void>>()
  #posted = 0
  #accepted = 0
  #tookMs: number[] = []
  #refusals = new Map<string, number>()
  #longestRefusedMs = 0

  constructor(options: LoadOptions) {
    this.#options = options
  }

  get posted(): number {
    return this.#posted
  }

  get accepted(): number {
    return this.#accepted
  }

  get longestRefusedMs(): number {
    return this.#longestRefusedMs
  }

  /** The times of messages that were accepted at the first try, since the last call. */
  takeTimes(): readonly number[] {
    const taken = this.#tookMs
    this.#tookMs = []
    return taken
  }

  /** How often each answer other than an acceptance came, since the last call. */
  takeRefusals(): ReadonlyMap<string, number> {
    const taken = this.#refusals
    this.#refusals = new Map()
    return taken
  }

  async run(until: AbortSignal): Promise<void> {
    const startedAt = performance.now()
    while (!until.aborted) {
      const due = Math.floor(((performance.now() - startedAt) / 1000) * this.#options.perSecond)
      while (this.#posted < due) this.#begin(this.#posted++)
      await sleep(TICK_MS)
    }
  }

  /** Resolves when all posted messages have been accepted. */
  async finish(): Promise<void> {
    await Promise.all(this.#underWay)
    await Promise.all([...this.#pools.values()].map((pool) => pool.close()))
  }

  #begin(number: number): void {
    const posting = this.#post(number)
    this.#underWay.add(posting)
    // oxlint-disable-next-line promise/prefer-await-to-then -- it is waited for at the end
    void posting.finally(() => this.#underWay.delete(posting))
  }

  async #post(number: number): Promise<void> {
    const startedAt = performance.now()
    const userid = `m${String((number % this.#options.members) + 1).padStart(6, "0")}`
    const body = JSON.stringify({ to: { users: [userid] }, msgtype: "text", text: { content: contentOf(number) } })
    for (let tries = 0; performance.now() - startedAt < GIVEN_UP_AFTER_MS; tries++) {
      const urls = this.#options.urls()
      const refused = await this.#try(urls[(number + tries) % urls.length] ?? "", number, body)
      if (refused === undefined) {
        this.#accepted++
        const tookMs = performance.now() - startedAt
        if (tries === 0) this.#tookMs.push(tookMs)
        else this.#longestRefusedMs = Math.max(this.#longestRefusedMs, tookMs)
        return
      }
      this.#refusals.set(refused, (this.#refusals.get(refused) ?? 0) + 1)
      await sleep(Math.min(100 * 2 ** tries, 2000))
    }
  }

  /** @returns undefined when it is accepted, otherwise the reason why not */
  async #try(url: string, number: number, body: string): Promise<string | undefined> {
    try {
      const { statusCode, body: answer } = await this.#poolOf(url).request({
        method: "POST",
        path: "/v1/messages",
        headers: {
          authorization: `Bearer ${ADMIN_KEY}`,
          "content-type": "application/json",
          "idempotency-key": `long-run-${number}`,
        },
        body,
      })
      const text = await answer.text()
      if (statusCode < 300) return undefined
      const { code = "" } = JSON.parse(text) as { code?: string }
      return `${statusCode} ${code}`.trim()
    } catch (error) {
      return error instanceof Error && "code" in error ? String(error.code) : String(error)
    }
  }

  #poolOf(url: string): Pool {
    let pool = this.#pools.get(url)
    if (pool === undefined) {
      pool = new Pool(url, { connections: 100, headersTimeout: 30_000 })
      this.#pools.set(url, pool)
    }
    return pool
  }
}

function contentOf(number: number): string {
  return `第 ${number} 条`
}

/** @returns undefined for another text */
export function numberOf(content: string): number | undefined {
  const number = /^第 (\d+) 条$/.exec(content)?.[1]
  return number === undefined ? undefined : Number(number)
}

const TICK_MS = 20
const GIVEN_UP_AFTER_MS = 300_000
