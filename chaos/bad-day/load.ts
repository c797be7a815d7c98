import { setTimeout as sleep } from "node:timers/promises"
import type { Addressee, History } from "../history.ts"
import { http } from "../lib/http.ts"
import type { HttpReply } from "../lib/http.ts"
import type { Random } from "../lib/random.ts"
import { APPS, DEFAULT_APP, mobile, userid } from "../world.ts"

export interface LoadOptions {
  readonly random: Random
  readonly history: History
  /** How many members get messages of all kinds. */
  readonly members: number
  readonly adminKey: string
  /** Where a gateway is now; undefined while there is none. */
  readonly gatewayUrl: () => string | undefined
}

export interface NewMessage {
  readonly app: string
  /** People, by their number; none may be in it twice. */
  readonly to: readonly number[]
  readonly byMobile?: boolean
  /** Part of the text. */
  readonly marker?: string
  readonly lane?: string
  readonly priority?: string
  /** A fault of its own may delay it. */
  readonly mayWait?: true
  /** Its calls get bad answers for a while. */
  readonly isAnsweredBadly?: true
  /** The message's time to live: beyond the end of the day, so that it has one and never expires. */
  readonly expiresInMs?: number
}

/** Programs that post all day, and repeat each request until it is answered for good. */
export class DayLoad {
  readonly #options: LoadOptions
  readonly #stopping = new AbortController()
  readonly #clients: Promise<void>[]
  /** The number of each post, by the id of its message. */
  readonly #numbers = new Map<string, number>()
  #posts = 0
  #open = 0
  #openWithTimes = 0
  #outsiders = 0

  constructor(options: LoadOptions) {
    this.#options = options
    this.#clients = Array.from({ length: CLIENTS }, (_, index) => this.#client(index))
  }

  get posts(): number {
    return this.#posts
  }

  /** A person to whom no other message goes. */
  nextOutsider(): number {
    return this.#options.members + ++this.#outsiders
  }

  /** Messages that have not been answered for good. */
  get open(): number {
    return this.#open
  }

  /** Open messages that name a time: a gateway whose clock is wrong may rightly refuse them. */
  get openWithTimes(): number {
    return this.#openWithTimes
  }

  /** Resolves once it is answered for good. */
  async post(message: NewMessage): Promise<void> {
    const { history } = this.#options
    const { app, lane = null, mayWait, isAnsweredBadly } = message
    const number = ++this.#posts
    const topic = `t${number}`
    const to = message.to.map((one) => addressee(one, message.byMobile === true))
    const body = bodyOf(topic, to, message)
    const about = { ...(mayWait && { mayWait }), ...(isAnsweredBadly && { isAnsweredBadly }) }
    history.add({ kind: "post", post: number, app, topic, sendAt: null, lane, to, ...about })
    const namesTime = message.expiresInMs === undefined ? 0 : 1
    this.#open++
    this.#openWithTimes += namesTime
    while (!(await this.#try(number, body))) await sleep(TRY_AGAIN_MS)
    this.#open--
    this.#openWithTimes -= namesTime
  }

  /** Retries the people in doubt of a message once it is held back, as an operator does. */
  async release(id: string): Promise<void> {
    const post = this.#numbers.get(id)
    if (post === undefined) return
    const states = ["in_doubt"]
    while (!(await this.#isHeldBack(id))) await sleep(TRY_AGAIN_MS)
    for (let isAnswered = false; !isAnswered; await sleep(TRY_AGAIN_MS)) {
      const reply = await this.#ask("POST", `/${id}/retry`, { states })
      const outcome = outcomeOf(reply)
      const { retried = null } = acceptedBy(reply)
      this.#options.history.add({ kind: "retry", post, states, outcome, status: reply?.status ?? null, retried })
      isAnswered = outcome !== "info"
    }
  }

  async #isHeldBack(id: string): Promise<boolean> {
    const reply = await this.#ask("GET", `/${id}`)
    return acceptedBy(reply).recipients?.pending === 0
  }

  /** Resolves when all that was posted is answered for good. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await Promise.all(this.#clients)
  }

  async #client(index: number): Promise<void> {
    const random = this.#options.random.fork(`client ${index}`)
    const { signal } = this.#stopping
    const lane = `lane-${index}`
    while (!signal.aborted) {
      await sleep(random.next() * 2 * THINK_MS, undefined, { signal }).catch(() => undefined)
      if (signal.aborted) return
      const to = this.#people(random, random.integer(1, 3))
      const priority = random.pick(["high", "normal", "bulk"])
      // The lanes have an app of their own, so that their delays do not delay other messages.
      if (index < ORDERLY_CLIENTS && random.chance(ORDERED))
        await this.post({ app: DEFAULT_APP, to, lane, priority, mayWait: true })
      else if (random.chance(BY_MOBILE))
        await this.post({ app: random.pick(APPS).name, to, byMobile: true, mayWait: true })
      else await this.post({ app: random.pick(APPS).name, to, priority })
    }
  }

  #people(random: Random, count: number): readonly number[] {
    const people = new Set<number>()
    while (people.size < count) people.add(random.integer(1, this.#options.members))
    return [...people]
  }

  async #try(number: number, body: unknown): Promise<boolean> {
    const startedAt = performance.now()
    const reply = await this.#ask("POST", "", body, { "idempotency-key": `post-${number}` })
    const outcome = outcomeOf(reply)
    const { id = null } = acceptedBy(reply)
    const replayed = reply?.headers["idempotent-replayed"] === "true"
    const forMs = Math.ceil(performance.now() - startedAt)
    const status = reply?.status ?? null
    this.#options.history.add({ kind: "tried", post: number, outcome, status, id, replayed, forMs })
    if (id !== null) this.#numbers.set(id, number)
    return outcome !== "info"
  }

  /** @returns undefined where no gateway answers in time */
  async #ask(
    method: "GET" | "POST",
    path: string,
    body?: unknown,
    more: Readonly<Record<string, string>> = {},
  ): Promise<HttpReply | undefined> {
    const { gatewayUrl, adminKey } = this.#options
    const url = gatewayUrl()
    if (url === undefined) return undefined
    const headers = { authorization: `Bearer ${adminKey}`, ...more }
    const request = { url: `${url}/v1/messages${path}`, method, body, headers, timeoutMs: LONGEST_REQUEST_MS }
    return http(request).catch(() => undefined)
  }
}

/** `info`: the gateway may have done it all the same. */
function outcomeOf(reply: HttpReply | undefined): "ok" | "fail" | "info" {
  if (reply === undefined || reply.status >= 500 || reply.status === 429) return "info"
  return reply.status < 300 ? "ok" : "fail"
}

/** Fields that a good answer may have. */
interface Answer {
  readonly id?: string
  readonly retried?: number
  readonly recipients?: { readonly pending: number }
}

function acceptedBy(reply: HttpReply | undefined): Answer {
  return outcomeOf(reply) === "ok" ? (reply?.json ?? {}) : {}
}

function bodyOf(topic: string, to: readonly Addressee[], message: NewMessage): Readonly<Record<string, unknown>> {
  const { app, byMobile, marker = "", lane, priority, expiresInMs } = message
  const addresses = to.map(({ address }) => address)
  return {
    app,
    to: byMobile === true ? { mobiles: addresses } : { users: addresses },
    msgtype: "text",
    text: { content: `${topic} ${marker} 磁盘 91%` },
    ...(lane !== undefined && { order_key: lane }),
    ...(priority !== undefined && { priority }),
    ...(expiresInMs !== undefined && { expires_at: new Date(Date.now() + expiresInMs).toISOString() }),
  }
}

function addressee(number: number, byMobile: boolean): Addressee {
  const person = userid(number)
  return byMobile ? { type: "mobile", address: mobile(number), person } : { type: "user", address: person, person }
}

/** So many because some of them wait for a paused gateway. */
const CLIENTS = 24
const THINK_MS = 1000
const ORDERLY_CLIENTS = 2
const ORDERED = 0.6
const BY_MOBILE = 0.1
const TRY_AGAIN_MS = 200
/** After that time another gateway is asked: a paused one does not answer. */
const LONGEST_REQUEST_MS = 3000
