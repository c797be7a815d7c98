import { keyAtOnce, questionFor } from "@wecom-push/sdk/internals"
import type { Address } from "@wecom-push/sdk"
import type { Api, ApiAnswer, LookupKeys, LookupRecord, Question } from "@wecom-push/sdk/internals"
import {
  delayMs,
  healthAfterFailure,
  healthAfterLookup,
  isSendableUserid,
  isUsableRecord,
  LOOKUP_LIFETIMES,
  readLookup,
  recordOf,
  showsLookupsOpen,
  spreadDelay,
  UNANSWERED_LOOKUP,
} from "@wecom-push/protocol/delivery"
import type { LookupAnswer } from "@wecom-push/protocol/delivery"
import type { Lookups } from "../model/ports/lookups.ts"
import type { Priority } from "../model/message.ts"
import type { Trace } from "../model/trace.ts"
import { point } from "../model/ports/point.ts"
import type { NamedLocks } from "../model/ports/named-locks.ts"
import type { Governor } from "../model/ports/governor.ts"
import { callOnce } from "../wecom/call-once.ts"
import type { JumpAwareClock } from "../model/jump-aware-clock.ts"
import type { CorpLookups } from "../limits/corp-lookups.ts"
import type { Spent } from "../limits/miss-allowance.ts"

/** What is known of a mobile or email. */
export type LookupResult =
  | { readonly kind: "found"; readonly userid: string; readonly isRemembered: boolean }
  | { readonly kind: "not_found"; readonly reason: string; readonly errcode?: number }
  | { readonly kind: "invalid"; readonly reason: string; readonly errcode?: number }
  /** WeCom refuses the question, and would refuse it again. */
  | { readonly kind: "refused"; readonly errcode: number; readonly errmsg: string }
  /** WeCom cannot be asked now; `at` says when to ask again. */
  | {
      readonly kind: "later"
      readonly at: number
      readonly why: "budget_spent" | "lookup_paused" | "app_closed" | "unreachable"
      /** Set when a share of a budget is spent. */
      readonly share?: Spent["share"]
    }

export interface PeopleDeps {
  /** The app for which numbers are asked. */
  readonly app: string
  /** Read at each question, which may have waited for its turn for minutes: the secret may be another by then. */
  readonly way: () => Promise<WayToAsk | undefined>
  readonly clock: JumpAwareClock
  readonly store: Lookups
  readonly keys: LookupKeys
  readonly corp: CorpLookups
  readonly locks: NamedLocks
  readonly random: () => number
  readonly governor: WayToAsk["governor"]
}

/** How WeCom is asked now. */
export interface WayToAsk {
  readonly api: Api
  readonly governor: Pick<Governor, "closedUntilMs" | "report">
}

export interface AskOptions {
  /** 1 unless given. */
  readonly emailType?: 1 | 2
  /** WeCom is asked even if a result is remembered. */
  readonly fresh?: boolean
  /** The key that asks, or that a message came with. */
  readonly keyId?: string | undefined
  /** `normal` unless given. */
  readonly priority?: Priority
  /** A question that this message asks WeCom belongs to its trace; other messages may wait for the same answer. */
  readonly trace?: Trace | undefined
  /** Aborted to end the work: WeCom's answers to questions under way are remembered, but no others begin. */
  readonly signal?: AbortSignal
}

/**
 * Finds the userids of mobiles and emails. Numbers that no member has count against the corp, so known results are not asked
 * for again: hits are kept for seven days, misses for one day, and each number is asked for only once however many messages
 * want it.
 * @see https://developer.work.weixin.qq.com/document/path/95402
 * @see https://developer.work.weixin.qq.com/document/path/95895
 */
export class People {
  readonly #deps: PeopleDeps
  readonly #underWay = new Map<string, Promise<LookupResult>>()
  #failures = 0

  constructor(deps: PeopleDeps) {
    this.#deps = deps
  }

  /**
   * The remembered userids, in the order of the addresses; for a missing one `find` may know more. Made for a message to a
   * million: it keeps only one string for each address.
   */
  async recall(types: readonly Address["type"][], addresses: readonly string[]): Promise<(string | undefined)[]> {
    const { clock, keys, store } = this.#deps
    const names: string[] = []
    for (const [index, address] of addresses.entries()) {
      names.push(keyAtOnce({ type: types[index] ?? "mobile", address }, keys) ?? NO_KEY)
    }
    const now = clock.now()
    const userids = await store.userids(names, now - LOOKUP_LIFETIMES.hitLifetimeMs + 1, now)
    return userids.map((userid) => (isSendableUserid(userid) ? userid : undefined))
  }

  /** Asks WeCom if nothing is known. */
  async find(address: Address, options: AskOptions): Promise<LookupResult> {
    if (options.fresh !== true) {
      const [known] = await this.known([address], options.emailType)
      if (known !== undefined) return known
    }
    const [asked] = await this.ask([address], options)
    return asked ?? this.#notAsked()
  }

  /** Results that are known without asking WeCom, in the order of the addresses. */
  async known(addresses: readonly Address[], emailType: 1 | 2 = 1): Promise<readonly (LookupResult | undefined)[]> {
    const keys = await this.#keys(addresses, emailType)
    const records = await this.#deps.store.get(keys.filter((key) => key !== undefined))
    const now = this.#deps.clock.now()
    let next = 0
    return addresses.map((address, index): LookupResult | undefined =>
      keys[index] === undefined ? malformed(address) : remembered(records[next++], now),
    )
  }

  /** Asks WeCom for the addresses for which nothing is known, in their order. */
  async ask(addresses: readonly Address[], options: AskOptions = {}): Promise<readonly LookupResult[]> {
    const { emailType = 1, signal } = options
    const results = Array<LookupResult | undefined>(addresses.length)
    const asked = new Map<string, Promise<LookupResult>>()
    const open = addresses.entries()
    const worker = async (): Promise<void> => {
      for (const [index, address] of open) {
        if (signal?.aborted === true) return
        const question = await this.#question(address, emailType)
        if (question === undefined) {
          results[index] = malformed(address)
          continue
        }
        let asking = asked.get(question.key)
        if (asking === undefined) asked.set(question.key, (asking = this.#askOnce(question, options)))
        results[index] = await asking
      }
    }
    await Promise.all(Array.from({ length: Math.min(CONCURRENT_LOOKUPS, addresses.length) }, worker))
    // Not by `map`, which skips holes in the array.
    return Array.from(results, (result) => result ?? this.#notAsked())
  }

  /** The key under which each is remembered; undefined for a malformed address. */
  async #keys(addresses: readonly Address[], emailType: 1 | 2): Promise<readonly (string | undefined)[]> {
    const { keys } = this.#deps
    const found: (string | undefined)[] = []
    // One await for each of a million addresses would cost more than the rest of the look-up.
    for (const address of addresses)
      found.push(keyAtOnce(address, keys, emailType) ?? (await this.#question(address, emailType))?.key)
    return found
  }

  /** Mobiles are checked by length alone: those that the HTTP API found invalid have been final since then. */
  #question(address: Address, emailType: 1 | 2): Promise<Question | undefined> {
    return questionFor(address, this.#deps.keys, emailType, "length")
  }

  #askOnce(question: Question, options: AskOptions): Promise<LookupResult> {
    const shared = this.#underWay.get(question.key)
    if (shared !== undefined) return shared
    const asked = this.#ask(question, options).finally(() => this.#underWay.delete(question.key))
    this.#underWay.set(question.key, asked)
    return asked
  }

  async #ask(question: Question, { fresh, keyId, priority = "normal", trace }: AskOptions): Promise<LookupResult> {
    const { app, clock, corp, locks } = this.#deps
    const from = clock.now()
    // Another message may have asked since this one looked.
    const known = await this.#answered(question, fresh === true ? from : undefined)
    if (known !== undefined) return known
    const obstacle = this.#obstacle()
    if (obstacle !== undefined) return obstacle
    const leave = await corp.allowance.take({ app, key: keyId, priority })
    if (leave === undefined) return this.#notAsked()
    if ("spentUntil" in leave) {
      const { spentUntil: at, share } = leave
      return { kind: "later", at, why: "budget_spent", ...(share !== undefined && { share }) }
    }
    let isMiss = false
    const ask = async (): Promise<LookupResult> => {
      // Another gateway may have asked while this one waited for the turn: a number that no member has counts each
      // time.
      const known = await this.#answered(question, fresh === true ? from : undefined)
      if (known !== undefined) return known
      const asked = await this.#askWeCom(question, trace)
      isMiss = asked.kind === "not_found"
      return asked
    }
    try {
      const result = await corp.inTurn(() => locks.run(`lookup ${question.key}`, ask, { patienceMs: PATIENCE_MS }))
      return result
    } finally {
      await corp.allowance.settle(leave, isMiss)
    }
  }

  /** Remembered results. @param since only results found from this time on */
  async #answered({ key }: Question, since: number | undefined): Promise<LookupResult | undefined> {
    const [record] = await this.#deps.store.get([key])
    if (record === undefined || (since !== undefined && record.storedAt < since)) return undefined
    return remembered(record, this.#deps.clock.now())
  }

  #obstacle({ governor }: Pick<WayToAsk, "governor"> = this.#deps): LookupResult | undefined {
    const pausedUntil = this.#deps.corp.pause.pausedUntil()
    if (pausedUntil !== undefined) return { kind: "later", at: pausedUntil, why: "lookup_paused" }
    const closedUntil = governor.closedUntilMs()
    return closedUntil === undefined ? undefined : { kind: "later", at: closedUntil, why: "app_closed" }
  }

  async #askWeCom({ key, path, body }: Question, trace: Trace | undefined): Promise<LookupResult> {
    const { corp, store } = this.#deps
    const way = await this.#deps.way()
    if (way === undefined) return this.#notAsked()
    const { api, governor } = way
    // While this question waited for its turn, the one before may have closed the app or the look-ups.
    const obstacle = this.#obstacle(way)
    if (obstacle !== undefined) return obstacle
    const { steady } = this.#deps.clock
    const from = steady.now()
    const exchange = await callOnce(api, { path, body, repeatable: true, trace })
    const span = { from, at: steady.now() }
    if (exchange.kind === "failure") {
      await governor.report({ ...span, health: healthAfterFailure(exchange.failure) })
      return this.#obstacle(way) ?? this.#unanswered()
    }
    const { answer } = exchange
    const read = readLookup(answer, path)
    if (read.kind === "closed") return { kind: "later", at: await corp.pause.close(), why: "lookup_paused" }
    await governor.report({ ...span, health: healthAfterLookup(answer) })
    const closed = this.#obstacle(way)
    if (!showsLookupsOpen(read)) return closed ?? this.#unanswered()
    this.#failures = 0
    await corp.pause.open()
    const record = recordOf(read, this.#deps.clock.now())
    if (record !== undefined) await store.set([[key, record]])
    point("resolve.after_one")
    return resultOf(read, answer)
  }

  #notAsked(): LookupResult {
    return { kind: "later", at: this.#deps.clock.now(), why: "unreachable" }
  }

  /** A result that says to ask again soon. */
  #unanswered(): LookupResult {
    const at = this.#deps.clock.now() + spreadDelay(delayMs(UNANSWERED_LOOKUP, ++this.#failures), this.#deps.random)
    return { kind: "later", at, why: "unreachable" }
  }
}

const CONCURRENT_LOOKUPS = 20
/** Longer than a question takes. */
const PATIENCE_MS = 15_000
/** Nothing is remembered under this key. */
const NO_KEY = ""

function remembered(record: LookupRecord | undefined, now: number): LookupResult | undefined {
  if (record === undefined || !isUsableRecord(record, now, LOOKUP_LIFETIMES)) return undefined
  const { userid } = record
  if (userid === null) return { kind: "not_found", reason: "no_visible_member_cached" }
  return { kind: "found", userid, isRemembered: true }
}

function malformed({ type }: Address): LookupResult {
  return { kind: "invalid", reason: type === "email" ? "malformed_email" : "malformed_mobile" }
}

function resultOf(read: LookupAnswer, { errcode, errmsg }: ApiAnswer): LookupResult {
  if (read.kind === "found") return { ...read, isRemembered: false }
  return read.kind === "not_found" || read.kind === "invalid"
    ? { ...read, errcode }
    : { kind: "refused", errcode, errmsg }
}
