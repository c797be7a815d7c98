import type { LookupPause, LookupRecord, LookupStore } from "../lookup-store.ts"

/** Keeps look-ups in the memory of the process; the oldest are removed first when there are `maxRecords`. */
export function memoryLookupStore({ maxRecords = 500_000 }: { readonly maxRecords?: number } = {}): LookupStore {
  const records = new Map<string, LookupRecord>()
  const pauses = new Map<string, LookupPause>()
  return {
    get: (keys) => Promise.resolve(keys.map((key) => records.get(key))),
    set(entries) {
      for (const [key, record] of entries) {
        records.delete(key)
        records.set(key, record)
      }
      for (const oldest of records.keys()) {
        if (records.size <= maxRecords) break
        records.delete(oldest)
      }
      return Promise.resolve()
    },
    getPause: (key) => Promise.resolve(pauses.get(key)),
    setPause(key, pause) {
      pauses.set(key, pause)
      return Promise.resolve()
    },
  }
}
