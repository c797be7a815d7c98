import { classifyErrcode } from "@wecom-push/protocol"
import { isSendableUserid, keyAtOnce, questionFor } from "@wecom-push/sdk"
import type { Address, Api, ApiAnswer, LookupKeys, LookupRecord, Question } from "@wecom-push/sdk"
import {
  delayMs,
  healthAfterFailure,
  healthAfterLookup,
  spreadDelay,
  UNANSWERED_LOOKUP,
  pausesApp,
} from "@wecom-push/protocol/delivery"
import type { Lookups } from "../../ports/lookups.ts"
import { point } from "../../store/point.ts"
import type { Report } from "../app-runtime.ts"
import { callOnce } from "../call-once.ts"
import type { JumpAwareClock } from "../jump-aware-clock.ts"
import type { CorpLookups } from "../../limits/corp-lookups.ts"

/** What is known about a number or address. */
export type Finding =
  | { readonly kind: "found"; readonly userid: string; readonly isRemembered: boolean }
  | { readonly kind: "not_found"; readonly reason: string; readonly errcode?: number }
  | { readonly kind: "invalid"; readonly reason: string; readonly errcode?: number }
  /** WeCom refuses the question, and would again. */
  | { readonly kind: "refused"; readonly errcode: number; readonly errmsg: string }
  /** Not now. */
  | {
      readonly kind: "later"
      readonly at: number
      readonly why: "budget_spent" | "lookup_paused" | "app_closed" | "unreachable"
    }

export interface PeopleDeps {
  readonly api: Api
  readonly clock: JumpAwareClock
  readonly store: Lookups
  readonly keys: LookupKeys
  readonly corp: CorpLookups
  readonly random: () => number
  /** Why WeCom is not to be asked at present, if it is not. */
  closedUntil(): number | undefined
  report(report: Report): Promise<void> | undefined
}

export interface Wanted extends Address {
  readonly emailType?: 1 | 2
  readonly fresh: boolean
}

/**
 * Whose numbers and addresses these are. Numbers that nobody has count against the corp, so what is known is not asked
 * again: hits for seven days, misses for one, and each number once however many messages want it.
 * @see https://developer.work.weixin.qq.com/document/path/95402
 * @see https://developer.work.weixin.qq.com/document/path/95895
 */
export class People {
  readonly #deps: PeopleDeps
  readonly #underWay = new Map<string, Promise<Finding>>()
  #failures = 0

  constructor(deps: PeopleDeps) {
    this.#deps = deps
  }

  /**
   * Userids that are remembered, in the order of the addresses; of whoever has none here `find` knows more. For a
   * message to a million: nothing is kept of each but a string.
   */
  async recall(types: readonly Address["type"][], addresses: readonly string[]): Promise<(string | undefined)[]> {
    const { clock, keys, store } = this.#deps
    const names: string[] = []
    for (const [index, address] of addresses.entries()) {
      names.push(keyAtOnce({ type: types[index] ?? "mobile", address }, keys) ?? NO_KEY)
    }
    const now = clock.now()
    const userids = await store.userids(names, now - HIT_LIFETIME_MS + 1, now)
    return userids.map((userid) => (isSendableUserid(userid) ? userid : undefined))
  }

  /** In their order. */
  async find(wanted: readonly Wanted[]): Promise<readonly Finding[]> {
    const keys = await this.#keys(wanted)
    const records = await this.#deps.store.get(keys.filter((key) => key !== undefined))
    const now = this.#deps.clock.now()
    let next = 0
    const findings = wanted.map((address, index): Finding | undefined => {
      if (keys[index] === undefined) return malformed(address)
      const record = records[next++]
      return address.fresh ? undefined : remembered(record, now)
    })
    if (findings.includes(undefined)) await this.#askAll(wanted, findings)
    return findings.map((finding) => finding ?? this.#unanswered())
  }

  /** Under which name each is remembered; undefined for what is malformed. */
  async #keys(wanted: readonly Wanted[]): Promise<readonly (string | undefined)[]> {
    const { keys } = this.#deps
    const found: (string | undefined)[] = []
    // A wait for each of a million would cost more than all the rest of the look-up.
    for (const address of wanted)
      found.push(keyAtOnce(address, keys, address.emailType ?? 1) ?? (await this.#question(address))?.key)
    return found
  }

  /** By its length alone: what the door did not want asked has been final since. */
  #question(address: Wanted): Promise<Question | undefined> {
    return questionFor(address, this.#deps.keys, address.emailType ?? 1, "length")
  }

  async #askAll(wanted: readonly Wanted[], findings: (Finding | undefined)[]): Promise<void> {
    const asked = new Map<string, Promise<Finding>>()
    const open = wanted.entries().filter(([index]) => findings[index] === undefined)
    const worker = async (): Promise<void> => {
      for (const [index, address] of open) {
        const question = await this.#question(address)
        if (question === undefined) continue
        let asking = asked.get(question.key)
        if (asking === undefined) asked.set(question.key, (asking = this.#askOnce(question, address.fresh)))
        findings[index] = await asking
      }
    }
    await Promise.all(Array.from({ length: Math.min(CONCURRENT_LOOKUPS, wanted.length) }, worker))
  }

  #askOnce(question: Question, fresh: boolean): Promise<Finding> {
    const shared = this.#underWay.get(question.key)
    if (shared !== undefined) return shared
    const asked = this.#ask(question, fresh).finally(() => this.#underWay.delete(question.key))
    this.#underWay.set(question.key, asked)
    return asked
  }

  async #ask(question: Question, fresh: boolean): Promise<Finding> {
    const { clock, corp, store } = this.#deps
    // Another message may have asked since this one looked.
    const known = fresh ? undefined : remembered((await store.get([question.key]))[0], clock.now())
    if (known !== undefined) return known
    const obstacle = this.#obstacle()
    if (obstacle !== undefined) return obstacle
    const leave = await corp.allowance.take()
    if ("spentUntil" in leave) return { kind: "later", at: leave.spentUntil, why: "budget_spent" }
    let isMiss = false
    try {
      const finding = await corp.inTurn(() => this.#askWeCom(question))
      isMiss = finding.kind === "not_found"
      return finding
    } finally {
      await corp.allowance.settle(leave, isMiss)
    }
  }

  #obstacle(): Finding | undefined {
    const pausedUntil = this.#deps.corp.gate.pausedUntil()
    if (pausedUntil !== undefined) return { kind: "later", at: pausedUntil, why: "lookup_paused" }
    const closedUntil = this.#deps.closedUntil()
    return closedUntil === undefined ? undefined : { kind: "later", at: closedUntil, why: "app_closed" }
  }

  async #askWeCom({ key, path, body }: Question): Promise<Finding> {
    const { api, corp, store } = this.#deps
    // While it waited for its turn, the one before may have met a closed door.
    const obstacle = this.#obstacle()
    if (obstacle !== undefined) return obstacle
    const { steady } = this.#deps.clock
    const from = steady.now()
    const exchange = await callOnce(api, { path, body, repeatable: true })
    const span = { from, at: steady.now() }
    if (exchange.kind === "failure") {
      await this.#deps.report({ ...span, news: healthAfterFailure(exchange.failure) })
      return this.#obstacle() ?? this.#unanswered()
    }
    const { answer } = exchange
    if (answer.errcode === CLOSED) return { kind: "later", at: await corp.gate.close(), why: "lookup_paused" }
    await this.#deps.report({ ...span, news: healthAfterLookup(answer) })
    const closed = this.#obstacle()
    const { finding, record } = readLookup(answer, path, this.#deps.clock.now())
    if (finding === undefined) return closed ?? this.#unanswered()
    this.#failures = 0
    await corp.gate.open()
    if (record !== undefined) await store.set([[key, record]])
    point("resolve.after_one")
    return finding
  }

  /** To be asked again soon. */
  #unanswered(): Finding {
    const at = this.#deps.clock.now() + spreadDelay(delayMs(UNANSWERED_LOOKUP, ++this.#failures), this.#deps.random)
    return { kind: "later", at, why: "unreachable" }
  }
}

const CONCURRENT_LOOKUPS = 20
const HIT_LIFETIME_MS = 7 * 24 * 3_600_000
const MISS_LIFETIME_MS = 24 * 3_600_000
const CLOSED = 45009
/** Nothing is remembered under it. */
const NO_KEY = ""

function remembered(record: LookupRecord | undefined, now: number): Finding | undefined {
  if (record === undefined) return undefined
  const { userid, storedAt } = record
  const ageMs = now - storedAt
  if (ageMs < 0 || ageMs >= (userid === null ? MISS_LIFETIME_MS : HIT_LIFETIME_MS)) return undefined
  if (userid === null) return { kind: "not_found", reason: "no_visible_member_cached" }
  return isSendableUserid(userid) ? { kind: "found", userid, isRemembered: true } : undefined
}

function malformed({ type }: Address): Finding {
  return { kind: "invalid", reason: type === "email" ? "malformed_email" : "malformed_mobile" }
}

/** @returns no finding when the answer says nothing about the number */
function readLookup(answer: ApiAnswer, path: string, storedAt: number): { finding?: Finding; record?: LookupRecord } {
  const { errcode, errmsg } = answer
  const userid = answer["userid"]
  if (errcode === 0) {
    if (!isSendableUserid(userid)) return {}
    return { finding: { kind: "found", userid, isRemembered: false }, record: { userid, storedAt } }
  }
  if (NOBODY.has(errcode)) {
    return { finding: { kind: "not_found", reason: "no_visible_member", errcode }, record: { userid: null, storedAt } }
  }
  const reason = MALFORMED.get(errcode)
  if (reason !== undefined) return { finding: { kind: "invalid", reason, errcode } }
  const entry = classifyErrcode(errcode, path)
  if (entry.class === "transient" || pausesApp(errcode)) return {}
  return { finding: { kind: "refused", errcode, errmsg } }
}

/** WeCom's several ways to say that nobody has it, or nobody whom the app may see. */
const NOBODY: ReadonlySet<number> = new Set([46004, 60111, 60146, 60147, 60148])

const MALFORMED: ReadonlyMap<number, string> = new Map([
  [60103, "malformed_mobile"],
  [60105, "malformed_email"],
])
