import type { MediaRecord, MediaStore } from "../media-store.ts"
import { UnusableStoreAnswer } from "../store-limit.ts"
import type { StoreLimit } from "../store-limit.ts"
import { tolerate } from "../tolerate.ts"
import { isMediaRecord } from "./media-record.ts"

/** A store whose failures make uploads repeat, but no message fail; without an answer in time a file counts as unknown. */
export function tolerantMediaStore(
  store: MediaStore,
  limit: StoreLimit,
  onTrouble: (cause: unknown) => void,
): MediaStore {
  return {
    get: (key) => tolerate(async () => readRecord(await limit.call(() => store.get(key))), undefined, onTrouble),
    set: (key, record) => tolerate(() => limit.call(() => store.set(key, record)), undefined, onTrouble),
  }
}

/** Stores that keep JSON return null for nothing. */
function readRecord(value: unknown): MediaRecord | undefined {
  if (value === undefined || value === null) return undefined
  if (isMediaRecord(value)) return value
  throw new UnusableStoreAnswer("get")
}
