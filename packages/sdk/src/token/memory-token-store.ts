import type { TokenRecord, TokenStore } from "../token-store.ts"

/** Keeps tokens in the memory of the process. */
export function memoryTokenStore(): TokenStore {
  const records = new Map<string, TokenRecord>()
  return {
    get: (key) => Promise.resolve(records.get(key)),
    set(key, record) {
      records.set(key, record)
      return Promise.resolve()
    },
  }
}
