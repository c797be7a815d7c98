import { setTimeout as sleep } from "node:timers/promises"
import type { AppChange, Channel, History } from "../history.ts"
import { http } from "../lib/http.ts"
import type { HttpReply, HttpRequest } from "../lib/http.ts"
import type { Random } from "../lib/random.ts"
import { CORP_ID, DEFAULT_APP, PASSING_APP } from "../world.ts"
import { makeBotPost, makeChatPost, makeRobotPost, makeSourcePost } from "./make-channel-post.ts"
import { makeAlert, makeBadPost, makeLanePost, makePassingPost, makePost } from "./make-post.ts"
import type { NewPost } from "./make-post.ts"

export interface LoadOptions {
  readonly random: Random
  readonly history: History
  readonly members: number
  readonly adminKey: string
  readonly clients: number
  /** The average time between two posts of a client. */
  readonly thinkMs: number
  readonly alerts: Rhythm
  readonly channels: Readonly<Record<Channel, Rhythm>>
  /** The token of a source that sends through the default app. */
  readonly sourceToken: string
  /** How many posts of a lane follow one another without a pause. */
  readonly lanePostsInARow: number
  /** Where the gateway is now; undefined while it is down. */
  readonly gatewayUrl: () => string | undefined
}

/** `inARow` posts come, one every `everyMs`, then none for `restMs`. */
export interface Rhythm {
  readonly everyMs: number
  readonly inARow: number
  readonly restMs: number
}

interface Posted {
  readonly number: number
  readonly body: unknown
  readonly padding: number
  readonly isAlert: boolean
  /** Whether its calls may be recalled and its recipients retried, without harm to what is judged about order and copies. */
  readonly mayBeChanged: boolean
  id: string | undefined
}

/** Clients that repeat each post until it is answered for good, and note every answer in the history. */
export class Load {
  readonly #options: LoadOptions
  readonly #stopping = new AbortController()
  readonly #noMoreAlerts = new AbortController()
  readonly #clients: Promise<void>[]
  readonly #accepted: Posted[] = []
  #posts = 0
  #openPosts = 0
  #unserved = 0
  #lull: PromiseWithResolvers<void> | undefined

  constructor(options: LoadOptions) {
    this.#options = options
    this.#clients = Array.from({ length: options.clients }, (_, index) => this.#client(index))
    this.#clients.push(this.#alert(), this.#passing(), this.#bySource())
    this.#clients.push(
      this.#channel("chat", (random, number) => makeChatPost(random, number, options.members)),
      this.#channel("robot", makeRobotPost),
      this.#channel("bot", makeBotPost),
    )
  }

  get posts(): number {
    return this.#posts
  }

  /** Requests that wait for their answer. */
  get openPosts(): number {
    return this.#openPosts
  }

  /** Requests that were sent to a gateway and got no answer, or 5xx. */
  get unserved(): number {
    return this.#unserved
  }

  /** Clients finish their current requests and begin no others until `resume`. */
  pause(): void {
    this.#lull ??= Promise.withResolvers<void>()
  }

  resume(): void {
    this.#lull?.resolve()
    this.#lull = undefined
  }

  stopAlerts(): void {
    this.#noMoreAlerts.abort()
  }

  /**
   * Reads what a path holds, changes it with `If-Match`, and starts again when it was changed meanwhile. The reason: a request
   * without an answer is repeated through another gateway, and a paused gateway may carry out the first one minutes later;
   * without `If-Match` that would undo later changes.
   * @returns the status of the change; 404 where there is nothing to change
   */
  async change(method: "PATCH" | "DELETE", path: string, body?: unknown): Promise<number> {
    for (;;) {
      const read = await this.#ask("GET", path)
      if (read.status !== 200) return read.status
      const { status } = await this.#ask(method, path, body, { "if-match": read.headers.etag ?? "" })
      if (status !== CHANGED_MEANWHILE) return status
    }
  }

  /** Asks until the gateway has answered for good. */
  async #ask(
    method: Method,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<HttpReply> {
    for (;;) {
      await this.#lull?.promise
      const reply = await this.#send(path, body, headers, { method })
      if (reply !== undefined && outcomeOf(reply.status) !== "info") return reply
      await sleep(20)
    }
  }

  /** Resolves when every post that is under way has been answered for good. */
  async stop(): Promise<void> {
    this.resume()
    this.#stopping.abort()
    this.#noMoreAlerts.abort()
    await Promise.all(this.#clients)
  }

  async #client(index: number): Promise<void> {
    const { members, thinkMs, lanePostsInARow } = this.#options
    const random = this.#options.random.fork(`client ${index}`)
    const nextNumber = (): number => this.#posts + 1
    while (!this.#stopping.signal.aborted) {
      await this.#lull?.promise
      await sleep(random.next() * 2 * thinkMs)
      if (random.chance(BAD)) await this.#post(random, makeBadPost(random, nextNumber(), members))
      else if (random.chance(index < ORDERLY_CLIENTS ? ORDERED : 0)) {
        for (let left = lanePostsInARow; left > 0; left--)
          await this.#post(random, makeLanePost(random, nextNumber(), members, `lane-${index}`))
      } else await this.#post(random, makePost(random, nextNumber(), members))
    }
  }

  #alert(): Promise<void> {
    const random = this.#options.random.fork("alerts")
    return this.#inRows(this.#options.alerts, () => this.#post(random, makeAlert(random)))
  }

  /** Until the calm, posts more in a row than one target may get in a minute; from then on, one now and then. */
  async #channel(name: Channel, make: (random: Random, number: number) => NewPost): Promise<void> {
    const random = this.#options.random.fork(name)
    const post = (): Promise<void> => this.#post(random, make(random, this.#posts + 1))
    await this.#inRows(this.#options.channels[name], post)
    while (!this.#stopping.signal.aborted) {
      await this.#lull?.promise
      await sleep(random.next() * 2 * CALM_MS, undefined, { signal: this.#stopping.signal }).catch(() => undefined)
      if (!this.#stopping.signal.aborted) await post()
    }
  }

  /** Posts on time, even if the gateway has not answered the earlier posts yet. */
  async #inRows({ everyMs, inARow, restMs }: Rhythm, post: () => Promise<void>): Promise<void> {
    const { signal } = this.#noMoreAlerts
    const underWay: Promise<void>[] = []
    while (!signal.aborted) {
      await this.#lull?.promise
      const isEndOfRow = underWay.length > 0 && underWay.length % inARow === 0
      // Only the signal can end the wait early, and the loop checks it next.
      await sleep(isEndOfRow ? restMs : everyMs, undefined, { signal }).catch(() => undefined)
      if (!signal.aborted) underWay.push(post())
    }
    await Promise.all(underWay)
  }

  /** Posts as a program does that knows one address, and does not repeat a request. */
  async #bySource(): Promise<void> {
    const { history, sourceToken } = this.#options
    const { signal } = this.#stopping
    const authorization = `Bearer ${sourceToken}`
    while (!signal.aborted) {
      await this.#lull?.promise
      await sleep(SOURCE_EVERY_MS, undefined, { signal }).catch(() => undefined)
      if (signal.aborted) break
      const number = ++this.#posts
      const { app, topic, sendInMs: sendAt, lane, to, text } = makeSourcePost(DEFAULT_APP, number)
      history.add({ kind: "post", post: number, app, topic, sendAt, lane, to })
      const reply = await this.#send("/in/text", undefined, { authorization }, { text })
      const { outcome } = this.#noteTry(number, reply)
      if (outcome === "fail") throw new Error(`a post of a source was answered ${reply?.status}: ${reply?.text}`)
    }
  }

  /**
   * Posts through an app, deletes it as soon as it has no open message, posts once more, in vain, and registers it again. The
   * app exists at the end, because messages of a deleted app cannot be recalled.
   */
  async #passing(): Promise<void> {
    const { members, thinkMs } = this.#options
    const random = this.#options.random.fork("passing")
    const { name, agentId, secret } = PASSING_APP
    const path = `/v1/apps/${name}`
    const post = (): Promise<void> => this.#post(random, makePassingPost(random, this.#posts + 1, members))
    const register = (): Promise<void> =>
      this.#change("created", agentId, async () => {
        const { status } = await this.#ask("POST", "/v1/apps", { name, corp_id: CORP_ID, agent_id: agentId, secret })
        // 409: an earlier request registered it, and its answer was lost.
        return status === 201 || status === 409
      })
    await register()
    while (!this.#stopping.signal.aborted) {
      for (let left = random.integer(1, 6); left > 0; left--) {
        await this.#lull?.promise
        await sleep(random.next() * 2 * thinkMs)
        await post()
      }
      await this.#change("deleted", 0, async () => {
        const status = await this.change("DELETE", path)
        return status === 204 || status === 404
      })
      await post()
      await sleep(random.integer(0, 500))
      await register()
    }
  }

  /** Repeats the change until it is done: an app cannot be deleted while it has open messages. */
  async #change(change: AppChange, agentId: number, ask: () => Promise<boolean>): Promise<void> {
    const { history } = this.#options
    history.add({ kind: "app_change", app: PASSING_APP.name, change, step: "asked", agentId })
    while (!(await ask())) await sleep(50)
    history.add({ kind: "app_change", app: PASSING_APP.name, change, step: "done", agentId })
  }

  async #post(random: Random, post: NewPost): Promise<void> {
    const { history } = this.#options
    const { app, topic, sendInMs, lane, to, channel, otherApp, body } = post
    const number = ++this.#posts
    const sendAt = sendInMs === null ? null : Date.now() + sendInMs
    const way = { ...(channel && { channel }), ...(otherApp !== undefined && { otherApp }) }
    history.add({ kind: "post", post: number, app, topic, sendAt, lane, to, ...way })
    const whole = sendAt === null ? body : { ...body, send_at: new Date(sendAt).toISOString() }
    const isAlert = topic.startsWith("alert")
    const padding = random.chance(LARGE) ? LARGE_BYTES : 0
    // Not in a lane: recalls and retries would change the order in which its messages are shown.
    const mayBeChanged = lane === null && channel === undefined
    const posted: Posted = { number, body: whole, padding, isAlert, mayBeChanged, id: undefined }
    let triesLeft = random.chance(IMPATIENT) ? 1 : Infinity
    while (triesLeft-- > 0 && !(await this.#try(posted))) await sleep(random.integer(5, 40))
    if (posted.id === undefined) return
    this.#accepted.push(posted)
    if (random.chance(CANCELLED)) await this.#cancel(posted)
    if (random.chance(REPEATED)) await this.#try(random.pick(this.#accepted))
    if (random.chance(RECALLED)) await this.#recall(this.#earlier(random), random)
    if (random.chance(isAlert ? RETRIED_ALERTS : RETRIED)) await this.#retry(this.#earlier(random, isAlert), random)
  }

  #earlier(random: Random, isAlert?: boolean): Posted | undefined {
    const some = this.#accepted.filter((one) => one.mayBeChanged && (isAlert === undefined || one.isAlert === isAlert))
    return some.length === 0 ? undefined : random.pick(some)
  }

  /** @returns false when it is unknown whether it was accepted */
  async #try(posted: Posted): Promise<boolean> {
    const { number, body, padding } = posted
    const reply = await this.#send("/v1/messages", body, { "idempotency-key": `post-${number}` }, { padding })
    const { outcome, id } = this.#noteTry(number, reply)
    posted.id ??= id ?? undefined
    return outcome !== "info"
  }

  #noteTry(number: number, reply: HttpReply | undefined): { readonly outcome: Outcome; readonly id: string | null } {
    const status = reply?.status ?? null
    const replayed = reply?.headers["idempotent-replayed"] === "true"
    const outcome = outcomeOf(status)
    const id = outcome === "ok" ? ((reply?.json as Answer | undefined)?.id ?? null) : null
    // No line for each refused connection while the gateway is down.
    if (reply !== undefined || outcome !== "info") {
      this.#options.history.add({ kind: "tried", post: number, outcome, status, id, replayed })
    }
    return { outcome, id }
  }

  async #cancel({ number, id }: Posted): Promise<void> {
    const reply = await this.#send(`/v1/messages/${id}/cancel`, {}, {})
    const status = reply?.status ?? null
    const outcome = outcomeOf(status)
    const cancelled = outcome === "ok" ? ((reply?.json as Answer | undefined)?.cancelled ?? null) : null
    this.#options.history.add({ kind: "cancel", post: number, outcome, status, cancelled })
  }

  /** Repeats the recall until every call is recalled or cannot be: after a lost answer WeCom may or may not have recalled it. */
  async #recall(posted: Posted | undefined, random: Random): Promise<void> {
    if (posted === undefined) return
    const path = `/v1/messages/${posted.id}/recall`
    let told = ""
    let isUnderWay = false
    for (let hasDoubts = true; hasDoubts; await sleep(random.integer(20, 80))) {
      // Another POST after the end would begin the recall once more.
      const reply: HttpReply | undefined = isUnderWay
        ? await this.#send(path, undefined, {}, { method: "GET" })
        : await this.#send(path, {}, {})
      const status = reply?.status ?? null
      const outcome = outcomeOf(status)
      const answer: RecallAnswer | undefined = outcome === "ok" ? (reply?.json as RecallAnswer) : undefined
      if (outcome !== "info") isUnderWay = answer?.recall === "under_way"
      hasDoubts = outcome === "info" || (answer !== undefined && isUndecided(answer))
      // No line for each refused connection while the gateway is down, but one, since a request may have been accepted before.
      if (told !== outcome) this.#options.history.add({ kind: "recall", post: posted.number, outcome, status })
      told = outcome
    }
  }

  async #retry(posted: Posted | undefined, random: Random): Promise<void> {
    if (posted === undefined) return
    const { number, id, isAlert } = posted
    // A recipient in doubt may get a second copy, so the checker must know who was meant.
    const states = isAlert
      ? ["in_doubt"]
      : random.pick([
          ["not_found", "invalid", "failed"],
          ["cancelled", "expired"],
        ])
    const reply = await this.#send(`/v1/messages/${id}/retry`, { states }, {})
    const status = reply?.status ?? null
    const outcome = outcomeOf(status)
    const retried = outcome === "ok" ? ((reply?.json as Answer | undefined)?.retried ?? null) : null
    this.#options.history.add({ kind: "retry", post: number, states, outcome, status, retried })
  }

  async #send(
    path: string,
    body: unknown,
    headers: Readonly<Record<string, string>>,
    { method = "POST", ...sent }: Pick<HttpRequest, "method" | "padding" | "text"> = {},
  ): Promise<HttpReply | undefined> {
    const { gatewayUrl, adminKey } = this.#options
    const url = gatewayUrl()
    if (url === undefined) return undefined
    this.#openPosts++
    try {
      const authorization = `Bearer ${adminKey}`
      const reply = await http({ url: url + path, method, body, ...sent, headers: { authorization, ...headers } })
      if (reply.status >= 500) this.#unserved++
      return reply
    } catch {
      this.#unserved++
      return undefined
    } finally {
      this.#openPosts--
    }
  }
}

type Method = NonNullable<HttpRequest["method"]>
type Outcome = "ok" | "fail" | "info"

const BAD = 0.01
/** The share of large bodies, which the gateway reads in a thread of its own. */
const LARGE = 0.01
const LARGE_BYTES = 300 * 1024
/** Few clients, so that each lane has many messages, which could overtake one another. */
const ORDERLY_CLIENTS = 2
const ORDERED = 0.6
const IMPATIENT = 0.01
const CANCELLED = 0.05
const REPEATED = 0.1
const RECALLED = 0.04
const RETRIED = 0.15
/** So high because few alerts are in doubt, and only those can be retried. */
const RETRIED_ALERTS = 0.5
/** The average time between two posts of a channel in the calm: slow enough for each limit. */
const CALM_MS = 5000
/** Half of what its members may get in a minute, so that no post is delayed for long. */
const SOURCE_EVERY_MS = 4000
const CHANGED_MEANWHILE = 412
const UNDECIDED: readonly string[] = ["in_flight", "unreachable"]

/** Only a definite refusal is a failure: after any other error the message may have been accepted. */
function outcomeOf(status: number | null): Outcome {
  if (status === null || status >= 500 || status === 429) return "info"
  return status < 300 ? "ok" : "fail"
}

/** Fields of good answers. */
interface Answer {
  readonly id?: string
  readonly cancelled?: number
  readonly retried?: number
}

/** The response for a message with more than ten calls only counts them by result; the counts may grow until the recall ended. */
type RecallAnswer =
  | { readonly recall?: undefined; readonly calls: readonly { readonly result: string }[] }
  | { readonly recall: "under_way" | "ended"; readonly calls: Readonly<Record<string, number>> }

function isUndecided(answer: RecallAnswer): boolean {
  if (answer.recall === undefined) return answer.calls.some(({ result }) => UNDECIDED.includes(result))
  return answer.recall === "under_way" || UNDECIDED.some((result) => (answer.calls[result] ?? 0) > 0)
}
