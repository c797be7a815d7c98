import { isLookupPause, isLookupRecord } from "@wecom-push/protocol/delivery"
import type { LookupPause, LookupRecord, LookupStore } from "../lookup-store.ts"
import { UnusableStoreAnswer } from "../store-limit.ts"
import type { StoreLimit } from "../store-limit.ts"
import { tolerate } from "../tolerate.ts"

/** A store whose failures cost more look-ups, but make none fail; without an answer in time a number counts as unknown. */
export function tolerantLookupStore(
  store: LookupStore,
  limit: StoreLimit,
  onTrouble: (cause: unknown) => void,
): LookupStore {
  const tried = <T>(task: () => Promise<T>, instead: T): Promise<T> => tolerate(task, instead, onTrouble)
  return {
    get: (keys) => tried(async () => readRecords(await limit.call(() => store.get(keys)), keys.length), []),
    set: (entries) => tried(() => limit.call(() => store.set(entries)), undefined),
    getPause: (key) => tried(async () => readPause(await limit.call(() => store.getPause(key))), undefined),
    setPause: (key, pause) => tried(() => limit.call(() => store.setPause(key, pause)), undefined),
  }
}

function readRecords(answer: unknown, length: number): (LookupRecord | undefined)[] {
  if (!Array.isArray(answer) || answer.length !== length) throw new UnusableStoreAnswer("get")
  // Not `map`, which would skip the holes of an array.
  return Array.from(answer, readRecord)
}

/** Stores that keep JSON return null for nothing. */
function readRecord(value: unknown): LookupRecord | undefined {
  if (value === undefined || value === null) return undefined
  if (isLookupRecord(value)) return value
  throw new UnusableStoreAnswer("get")
}

function readPause(value: unknown): LookupPause | undefined {
  if (value === undefined || value === null) return undefined
  if (isLookupPause(value)) return value
  throw new UnusableStoreAnswer("getPause")
}
