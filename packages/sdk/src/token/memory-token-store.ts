import type { TokenRecord, TokenStore } from "../token-store.ts"

/** Tokens for as long as the process lives. */
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
