import type { LookupStore } from "../lookup-store.ts"

/** A store whose trouble makes look-ups dearer, not impossible: what it cannot tell counts as unknown. */
export function tolerantLookupStore(store: LookupStore, onTrouble: (cause: unknown) => void): LookupStore {
  const tolerate = async <T>(task: () => Promise<T>, instead: T): Promise<T> => {
    try {
      return await task()
    } catch (error) {
      onTrouble(error)
      return instead
    }
  }
  return {
    get: (keys) => tolerate(() => store.get(keys), []),
    set: (entries) => tolerate(() => store.set(entries), undefined),
    getPause: (key) => tolerate(() => store.getPause(key), undefined),
    setPause: (key, pause) => tolerate(() => store.setPause(key, pause), undefined),
  }
}
