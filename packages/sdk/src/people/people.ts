import type { MobileCheck } from "@wecom-push/protocol"
import { isUsableRecord } from "@wecom-push/protocol/delivery"
import { Breaker } from "../breaker.ts"
import { eachConcurrently } from "../each-concurrently.ts"
import type { LookupRecord } from "../lookup-store.ts"
import type { WeComError } from "../wecom-error.ts"
import { Asker, rememberedOutcome } from "./ask.ts"
import type { Answer, AskerDeps } from "./ask.ts"
import type { LookupKeys } from "./lookup-key.ts"
import type { LookupOutcome, LookupResult } from "./lookup-outcome.ts"
import { whyNoMobile } from "./mobile.ts"
import type { PaceWait } from "./pace.ts"
import { keyAtOnce, questionFor } from "./question.ts"
import type { Address, EmailType, Question } from "./question.ts"
import { UnwrittenRecords } from "./unwritten-records.ts"

export interface FindOptions {
  /** Asks WeCom even when a result is remembered. */
  readonly fresh?: boolean
  readonly emailType?: EmailType
  readonly mobileCheck?: MobileCheck
  readonly signal?: AbortSignal
  /** Milliseconds since 1970. */
  readonly deadline: number
  /** Counts the addresses that are not remembered. */
  readonly onProgress?: (done: number, total: number) => void
  readonly onWait?: (wait: PaceWait) => void
}

export interface PeopleDeps extends AskerDeps {
  readonly keys: LookupKeys
  readonly hitLifetimeMs: number
  readonly missLifetimeMs: number
  /** The check that applies unless a call gives another one. */
  readonly mobileCheck: MobileCheck
}

/** How addresses are understood. */
interface AskedAs {
  readonly emailType: EmailType | undefined
  readonly mobileCheck: MobileCheck
}

/** An address that is not remembered, and its place in the result. */
interface Unknown<A extends Address> {
  readonly key: string
  readonly address: A
  readonly index: number
}

/**
 * Finds userids by mobile and email, asking WeCom as little as possible: numbers that no member has count against the
 * corp, and too many of them close the look-up for a day.
 * @see https://developer.work.weixin.qq.com/document/path/95402
 * @see https://developer.work.weixin.qq.com/document/path/95895
 */
export class People {
  readonly #deps: PeopleDeps
  readonly #asker: Asker
  readonly #unwritten: UnwrittenRecords

  constructor(deps: PeopleDeps) {
    this.#deps = deps
    this.#unwritten = new UnwrittenRecords(deps.store)
    this.#asker = new Asker(deps, deps.keys.pause, {
      recall: async (key) => (await this.#remembered([key]))[0],
      learn: (key, record) => this.#unwritten.add(key, record),
    })
  }

  /** Returns all results at once; `tellEach` needs less memory. */
  async find(addresses: readonly Address[], options: FindOptions): Promise<LookupResult> {
    const people: LookupOutcome[] = []
    const error = await this.tellEach(addresses, options, (_address, outcome, index) => {
      people[index] = outcome
    })
    return error === undefined ? { people } : { people, error }
  }

  /**
   * Reports each address with its place in the list, first those that need no call.
   * @returns why some failed
   */
  async tellEach<A extends Address>(
    addresses: readonly A[],
    options: FindOptions,
    tell: (address: A, outcome: LookupOutcome, index: number) => void,
  ): Promise<WeComError | undefined> {
    const unknown: Unknown<A>[] = []
    const as = { emailType: options.emailType, mobileCheck: options.mobileCheck ?? this.#deps.mobileCheck }
    for (let start = 0; start < addresses.length; start += ADDRESSES_AT_ONCE) {
      const some = addresses.slice(start, start + ADDRESSES_AT_ONCE)
      const keys = await this.#keys(some, as)
      const remembered = options.fresh === true ? [] : await this.#remembered(keys)
      some.forEach((address, offset) => {
        const index = start + offset
        const key = keys[offset]
        const record = remembered[offset]
        if (key === undefined) tell(address, malformed(address), index)
        else if (record !== undefined) tell(address, recalled(address, record), index)
        else unknown.push({ key, address, index })
      })
    }
    const { answers, error } = await this.#askAll(await this.#questions(unknown, as), options)
    for (const { key, address, index } of unknown) {
      const answer = answers.get(key)
      if (answer === undefined) continue
      tell(address, { ...plain(address), cached: answer.isRemembered === true, ...answer.outcome }, index)
    }
    return error
  }

  /** The key under which each address is remembered; undefined for a malformed address. */
  async #keys(addresses: readonly Address[], as: AskedAs): Promise<(string | undefined)[]> {
    const { keys } = this.#deps
    const found: (string | undefined)[] = []
    for (let index = 0; index < addresses.length; index++) {
      const address = addresses[index]
      if (address === undefined) continue
      found.push(
        keyAtOnce(address, keys, as.emailType) ?? (await questionFor(address, keys, as.emailType, as.mobileCheck))?.key,
      )
    }
    return found
  }

  /** The remembered records, in the order of the keys. */
  async #remembered(keys: readonly (string | undefined)[]): Promise<(LookupRecord | undefined)[]> {
    const known = keys.filter((key) => key !== undefined)
    const records = known.length === 0 ? [] : await this.#deps.store.get(known)
    const now = this.#deps.api.clock.now()
    let next = 0
    return keys.map((key) => {
      if (key === undefined) return undefined
      const stored = records[next++]
      const record = this.#unwritten.get(key) ?? stored
      return record !== undefined && isUsableRecord(record, now, this.#deps) ? record : undefined
    })
  }

  async #questions(unknown: readonly Unknown<Address>[], as: AskedAs): Promise<ReadonlyMap<string, Question>> {
    const questions = new Map<string, Question>()
    for (const { key, address } of unknown) {
      if (questions.has(key)) continue
      const question = await questionFor(address, this.#deps.keys, as.emailType, as.mobileCheck)
      if (question !== undefined) questions.set(key, question)
    }
    return questions
  }

  async #askAll(
    questions: ReadonlyMap<string, Question>,
    options: FindOptions,
  ): Promise<{ answers: ReadonlyMap<string, Answer>; error?: WeComError }> {
    const answers = new Map<string, Answer>()
    if (questions.size === 0) return { answers }
    const breaker = new Breaker()
    let stopped: Answer | undefined
    let firstError: WeComError | undefined
    const askOne = async (question: Question): Promise<void> => {
      const answer = stopped ?? (await this.#asker.ask(question, options))
      answers.set(question.key, answer)
      if (answer.error === undefined) {
        if (answer.isRemembered !== true) breaker.succeeded()
      } else {
        breaker.failed(answer.error)
        firstError ??= answer.error
        if (breaker.cause === answer.error) stopped ??= answer
      }
      if (this.#unwritten.size >= RECORDS_PER_WRITE) await this.#unwritten.write()
      options.onProgress?.(answers.size, questions.size)
    }
    try {
      const queue = [...questions.values()]
      // After a pause one look-up is made alone: if WeCom still refuses, it was asked once and not twenty times.
      const scout = (await this.#asker.isUnsure()) ? queue.shift() : undefined
      if (scout !== undefined) await askOne(scout)
      await eachConcurrently(queue, CONCURRENT_LOOKUPS, askOne)
    } finally {
      await this.#unwritten.write()
    }
    return firstError === undefined ? { answers } : { answers, error: firstError }
  }
}

const CONCURRENT_LOOKUPS = 20
/** In such small groups temporary objects are short-lived, and a hundred thousand numbers need little memory. */
const ADDRESSES_AT_ONCE = 1_000
/** A bulk look-up that is cut off loses at most these records, and a file store is not rewritten for every number. */
const RECORDS_PER_WRITE = 500

function malformed(address: Address): LookupOutcome {
  const reason = address.type === "mobile" ? whyNoMobile(address.address) : "malformed_email"
  return { ...plain(address), state: "invalid", cached: false, reason }
}

/** Written out for speed, because it runs a hundred thousand times. */
function recalled({ type, address }: Address, record: LookupRecord): LookupOutcome {
  const { userid } = record
  if (userid !== null) return { type, address, state: "found", cached: true, userid }
  return { type, address, cached: true, ...rememberedOutcome(record) }
}

/** Callers may pass objects with more fields than an address has; the result has only the address. */
function plain({ type, address }: Address): Address {
  return { type, address }
}
