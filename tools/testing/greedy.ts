import { randomBytes, randomInt } from "node:crypto"
import { setTimeout as sleep } from "node:timers/promises"

export interface GreedyOptions {
  /** The address of the gateway. */
  readonly url: string
  /** The key of a program, with the scopes `send` and `read` for one app. */
  readonly key: string
  readonly app: string
  /** How many requests of each kind are under way at once; 1 unless given. */
  readonly atOnce?: number
  readonly messagesAtOnce?: number
  readonly fileBytes?: number
}

/** The shared resources that it uses up. */
export const GREEDY_FOR = ["lookups", "streams", "messages", "files", "audit"] as const
export type GreedyFor = (typeof GREEDY_FOR)[number]

/**
 * A program with one key that uses everything that keys share, all at once and as fast as it is answered: it looks up numbers
 * that no member has, opens event streams, schedules messages 300 days ahead, stores files, and changes a message in a loop.
 */
export class Greedy implements AsyncDisposable {
  /** How often each kind of request got each status. */
  readonly answers: Readonly<Record<GreedyFor, Map<number, number>>> = {
    lookups: new Map(),
    streams: new Map(),
    messages: new Map(),
    files: new Map(),
    audit: new Map(),
  }
  readonly #options: GreedyOptions
  readonly #ending = new AbortController()
  readonly #streams: Response[] = []
  #loops: Promise<unknown> = Promise.resolve()

  static async start(options: GreedyOptions): Promise<Greedy> {
    const greedy = new Greedy(options)
    const id = await greedy.#scheduleOne()
    let isCancelled = false
    const change = (): Promise<number> => {
      isCancelled = !isCancelled
      const body = isCancelled ? {} : { states: ["cancelled"] }
      return greedy.#post(`/v1/messages/${id}/${isCancelled ? "cancel" : "retry"}`, body)
    }
    const loops = Array.from({ length: options.atOnce ?? 1 }, () => [
      greedy.#loop("lookups", () => greedy.#lookUp()),
      greedy.#loop("streams", () => greedy.#follow()),
      greedy.#loop("messages", () => greedy.#schedule()),
      greedy.#loop("files", () => greedy.#store()),
    ])
    greedy.#loops = Promise.all([...loops.flat(), greedy.#loop("audit", change)])
    return greedy
  }

  private constructor(options: GreedyOptions) {
    this.#options = options
  }

  /** Whether every kind of request was refused, but for the audit trail, which never refuses. */
  get isRefused(): boolean {
    return GREEDY_FOR.every((what) => what === "audit" || this.answers[what].has(429))
  }

  async #loop(what: GreedyFor, take: () => Promise<number>): Promise<void> {
    const { signal } = this.#ending
    const counts = this.answers[what]
    while (!signal.aborted) {
      // A request may fail at the end of the program.
      const status = await take().catch(() => 0)
      if (signal.aborted) return
      counts.set(status, (counts.get(status) ?? 0) + 1)
      // It keeps asking, but gives the test's own process time to run.
      if (status !== 200) await sleep(5)
    }
  }

  async #post(path: string, body: unknown): Promise<number> {
    return (await this.#ask(path, { body: JSON.stringify(body), headers: { "content-type": "application/json" } }))
      .status
  }

  async #ask(path: string, init: RequestInit = {}): Promise<Response> {
    const { url, key } = this.#options
    const headers = { authorization: `Bearer ${key}`, ...(init.headers as Record<string, string> | undefined) }
    const answer = await fetch(url + path, { method: "POST", signal: this.#ending.signal, ...init, headers })
    if (answer.headers.get("content-type") !== "text/event-stream") await answer.bytes()
    return answer
  }

  #lookUp(): Promise<number> {
    const mobile = `139${String(randomInt(100_000_000)).padStart(8, "0")}`
    return this.#post("/v1/lookup", { app: this.#options.app, mobile, fresh: true })
  }

  async #follow(): Promise<number> {
    const answer = await this.#ask("/v1/events", { method: "GET", headers: { accept: "text/event-stream" } })
    if (answer.status === 200) this.#streams.push(answer)
    return answer.status
  }

  #message(): object {
    const at = new Date(Date.now() + 300 * 86_400_000).toISOString()
    const { app } = this.#options
    return {
      app,
      to: { users: ["zhangsan"] },
      msgtype: "text",
      text: { content: randomBytes(6).toString("hex") },
      send_at: at,
    }
  }

  async #scheduleOne(): Promise<string> {
    const { url, key } = this.#options
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" }
    const answer = await fetch(`${url}/v1/messages`, { method: "POST", headers, body: JSON.stringify(this.#message()) })
    return ((await answer.json()) as { id: string }).id
  }

  /** Schedules messages. @returns the status of the last one */
  async #schedule(): Promise<number> {
    const { url, key, messagesAtOnce = 100 } = this.#options
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" }
    const body = JSON.stringify(Array.from({ length: messagesAtOnce }, () => this.#message()))
    const { signal } = this.#ending
    const answer = await fetch(`${url}/v1/messages/batch`, { method: "POST", headers, body, signal })
    if (answer.status !== 200) return answer.status
    return ((await answer.json()) as readonly { status: number }[]).at(-1)?.status === 202 ? 200 : 429
  }

  async #store(): Promise<number> {
    const form = new FormData()
    form.set("type", "file")
    form.set("file", new Blob([randomBytes(this.#options.fileBytes ?? 100_000)]), "file.bin")
    const { status } = await this.#ask("/v1/media", { body: form })
    return status === 201 ? 200 : status
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort()
    await this.#loops
    for (const stream of this.#streams) await stream.body?.cancel().catch(() => undefined)
  }
}
