import { Breaker } from "../breaker.ts"
import { eachConcurrently } from "../each-concurrently.ts"
import type { LookupRecord } from "../lookup-store.ts"
import { isSendableUserid } from "../sendable-userid.ts"
import type { WeComError } from "../wecom-error.ts"
import { Asker } from "./ask.ts"
import type { Answer, AskerDeps } from "./ask.ts"
import type { LookupKeys } from "./lookup-key.ts"
import type { LookupOutcome, LookupResult } from "./lookup-outcome.ts"
import { questionFor } from "./question.ts"
import type { Address, EmailType, Question } from "./question.ts"

export interface FindOptions {
  /** Asks WeCom whatever is remembered. */
  readonly fresh?: boolean
  readonly emailType?: EmailType
  readonly signal?: AbortSignal
  /** Milliseconds since 1970. */
  readonly deadline: number
  /** Of those that are not remembered. */
  readonly onProgress?: (done: number, total: number) => void
}

export interface PeopleDeps extends AskerDeps {
  readonly keys: LookupKeys
  readonly hitLifetimeMs: number
  readonly missLifetimeMs: number
}

/**
 * Finds userids by mobile and email, asking WeCom as little as possible: numbers that nobody has count against the
 * corp, and too many of them close the look-up for a day.
 * @see https://developer.work.weixin.qq.com/document/path/95402
 * @see https://developer.work.weixin.qq.com/document/path/95895
 */
export class People {
  readonly #deps: PeopleDeps
  readonly #asker: Asker

  constructor(deps: PeopleDeps) {
    this.#deps = deps
    this.#asker = new Asker(deps, deps.keys.pause)
  }

  async find(addresses: readonly Address[], options: FindOptions): Promise<LookupResult> {
    const questions = await this.#questions(addresses, options.emailType ?? 1)
    const remembered = options.fresh === true ? new Map<string, LookupRecord>() : await this.#remembered(questions)
    const open = new Map<string, Question>()
    for (const question of questions) {
      if (question !== undefined && !remembered.has(question.key)) open.set(question.key, question)
    }
    const { answers, error } = await this.#askAll(open, options)
    const people = addresses.map((address, index): LookupOutcome => {
      const question = questions[index]
      if (question === undefined) return malformed(address)
      const record = remembered.get(question.key)
      if (record !== undefined) return recalled(address, record)
      const { outcome } = answers.get(question.key) ?? NEVER_ASKED
      return { ...address, cached: false, ...outcome }
    })
    return error === undefined ? { people } : { people, error }
  }

  async #questions(addresses: readonly Address[], emailType: EmailType): Promise<(Question | undefined)[]> {
    const questions: (Question | undefined)[] = []
    for (const address of addresses) questions.push(await questionFor(address, this.#deps.keys, emailType))
    return questions
  }

  async #remembered(questions: readonly (Question | undefined)[]): Promise<Map<string, LookupRecord>> {
    const keys = [...new Set(questions.flatMap((question) => (question === undefined ? [] : question.key)))]
    const records = await this.#deps.store.get(keys)
    const current = new Map<string, LookupRecord>()
    for (const [index, key] of keys.entries()) {
      const record = records[index]
      if (record !== undefined && this.#isUsable(record)) current.set(key, record)
    }
    return current
  }

  #isUsable({ userid, storedAt }: LookupRecord): boolean {
    if (userid !== null && !isSendableUserid(userid)) return false
    const { hitLifetimeMs, missLifetimeMs, api } = this.#deps
    const ageMs = api.clock.now() - storedAt
    return ageMs >= 0 && ageMs < (userid === null ? missLifetimeMs : hitLifetimeMs)
  }

  async #askAll(
    questions: ReadonlyMap<string, Question>,
    options: FindOptions,
  ): Promise<{ answers: ReadonlyMap<string, Answer>; error?: WeComError }> {
    const answers = new Map<string, Answer>()
    if (questions.size === 0) return { answers }
    const breaker = new Breaker()
    const learnt = new Map<string, LookupRecord>()
    let stopped: Answer | undefined
    let firstError: WeComError | undefined
    const askOne = async (question: Question): Promise<void> => {
      const answer = stopped ?? (await this.#asker.ask(question, options))
      answers.set(question.key, answer)
      if (answer.error === undefined) breaker.succeeded()
      else {
        breaker.failed(answer.error)
        firstError ??= answer.error
        if (breaker.cause === answer.error) stopped ??= answer
      }
      if (answer.record !== undefined) learnt.set(question.key, answer.record)
      if (learnt.size >= RECORDS_PER_WRITE) await this.#remember(learnt)
      options.onProgress?.(answers.size, questions.size)
    }
    try {
      const queue = questions.values()
      // After a pause one asks alone: if WeCom still refuses, it has not been asked twenty times.
      const scout = (await this.#asker.isUnsure()) ? queue.next().value : undefined
      if (scout !== undefined) await askOne(scout)
      await eachConcurrently(queue, CONCURRENT_LOOKUPS, askOne)
    } finally {
      await this.#remember(learnt)
    }
    return firstError === undefined ? { answers } : { answers, error: firstError }
  }

  async #remember(learnt: Map<string, LookupRecord>): Promise<void> {
    if (learnt.size === 0) return
    const entries = [...learnt]
    learnt.clear()
    await this.#deps.store.set(entries)
  }
}

const CONCURRENT_LOOKUPS = 20
/** A bulk look-up that dies half-way has lost at most these; a file store is not rewritten for every number. */
const RECORDS_PER_WRITE = 500

/** Every question gets an answer; this only keeps an impossible gap from looking like a person. */
const NEVER_ASKED: Answer = { outcome: { state: "failed", reason: "aborted" } }

function malformed(address: Address): LookupOutcome {
  const reason = address.type === "mobile" ? "malformed_mobile" : "malformed_email"
  return { ...address, state: "invalid", cached: false, reason }
}

function recalled(address: Address, { userid }: LookupRecord): LookupOutcome {
  if (userid === null) return { ...address, state: "not_found", cached: true, reason: "no_visible_member_cached" }
  return { ...address, state: "found", cached: true, userid }
}
