import type { MediaRecord, MediaStore } from "../media-store.ts"

/** Keeps ids of uploaded files in the memory of the process; the oldest are removed first when there are `maxRecords`. */
export function memoryMediaStore({ maxRecords = 10_000 }: { readonly maxRecords?: number } = {}): MediaStore {
  const records = new Map<string, MediaRecord>()
  return {
    get: (key) => Promise.resolve(records.get(key)),
    set(key, record) {
      records.delete(key)
      records.set(key, record)
      for (const oldest of records.keys()) {
        if (records.size <= maxRecords) break
        records.delete(oldest)
      }
      return Promise.resolve()
    },
  }
}
