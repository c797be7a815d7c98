import type { LookupStore } from "../lookup-store.ts"
import { tolerate } from "../tolerate.ts"

/** A store whose trouble makes look-ups dearer, not impossible: what it cannot tell counts as unknown. */
export function tolerantLookupStore(store: LookupStore, onTrouble: (cause: unknown) => void): LookupStore {
  return {
    get: (keys) => tolerate(() => store.get(keys), [], onTrouble),
    set: (entries) => tolerate(() => store.set(entries), undefined, onTrouble),
    getPause: (key) => tolerate(() => store.getPause(key), undefined, onTrouble),
    setPause: (key, pause) => tolerate(() => store.setPause(key, pause), undefined, onTrouble),
  }
}
