import { bounded, TookTooLong } from "../bounded.ts"
import type { Clock } from "../clock.ts"
import { StoreLimit, UnusableStoreAnswer } from "../store-limit.ts"
import type { TokenRecord, TokenStore } from "../token-store.ts"
import { readTokenRecord } from "./token-record.ts"

/** The store of one app, with a time limit: it fails instead of hanging, and its records are checked. */
export function boundedTokenStore(store: TokenStore, timeoutMs: number, clock: Clock): TokenStore {
  const limit = new StoreLimit(timeoutMs)
  let last: TokenRecord | undefined
  const turnMs = (): number => {
    const hasToken = last?.token !== undefined && clock.now() < (last.expiresAt ?? 0)
    return hasToken ? timeoutMs : timeoutMs * TURN
  }
  return {
    async get(key) {
      const record = readAnswer(await limit.call(() => store.get(key)))
      last = record ?? last
      return record
    },
    set(key, record) {
      last = record
      return limit.call(() => store.set(key, record))
    },
    ...(store.exclusively && { exclusively: (key, task) => inTurn({ store, key, task, timeoutMs, turnMs: turnMs() }) }),
  }
}

/**
 * The task before this one may be asking WeCom, which takes longer than a store. A caller whose token is still valid
 * does not wait that long for the next one.
 */
const TURN = 4

/** Stores that keep JSON return null for nothing. */
function readAnswer(answer: unknown): TokenRecord | undefined {
  if (answer === undefined || answer === null) return undefined
  const record = readTokenRecord(answer)
  if (record === undefined) throw new UnusableStoreAnswer("get")
  return record
}

interface Turn<T> {
  readonly store: TokenStore
  readonly key: string
  readonly task: () => Promise<T>
  readonly timeoutMs: number
  readonly turnMs: number
}

/**
 * The task runs at most once, and not at all once its turn was given up: the caller then works without the store.
 * @throws what the task throws; what the store throws before the task began, or after it succeeded
 */
async function inTurn<T>({ store, key, task, timeoutMs, turnMs }: Turn<T>): Promise<T> {
  const begun = Promise.withResolvers<{ readonly result: Promise<T> }>()
  const givingUp = new AbortController()
  let mine: { readonly result: Promise<T> } | undefined
  const begin = (): Promise<T> => {
    if (givingUp.signal.aborted) return Promise.reject(new TookTooLong(turnMs))
    mine ??= { result: task() }
    begun.resolve(mine)
    return mine.result
  }
  const held = Promise.resolve(store.exclusively?.(key, begin, givingUp.signal))
  const endedUnused = held.then(() => {
    throw new UnusableStoreAnswer("exclusively")
  })
  let result: T
  try {
    const { result: running } = await bounded(() => Promise.race([begun.promise, endedUnused]), turnMs)
    result = await running
  } catch (error) {
    givingUp.abort(error)
    throw error
  }
  await bounded(() => held, timeoutMs)
  return result
}
