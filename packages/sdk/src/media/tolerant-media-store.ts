import type { MediaStore } from "../media-store.ts"
import { tolerate } from "../tolerate.ts"

/** A store whose trouble makes files go out twice, not messages fail. */
export function tolerantMediaStore(store: MediaStore, onTrouble: (cause: unknown) => void): MediaStore {
  return {
    get: (key) => tolerate(() => store.get(key), undefined, onTrouble),
    set: (key, record) => tolerate(() => store.set(key, record), undefined, onTrouble),
  }
}
