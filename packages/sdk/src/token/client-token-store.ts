import type { TokenStore } from "../token-store.ts"
import { readTokenRecord } from "./token-record.ts"

/** The part of a client that a store needs. Extra parameters of `set` (lifetimes) are not used. */
export interface KeyValueClient {
  get(key: string): unknown
  set(key: string, value: string): unknown
}

/**
 * Keeps tokens in anything that has `get` and `set`: ioredis, node-redis, Keyv, memcached wrappers. The key is
 * `wecom-push:token:` and a hash; the value is JSON text that contains the token, so the server must be trusted.
 * Processes that find nothing at the same moment may each fetch once; WeCom gives them the same token.
 * @example clientTokenStore(new Redis(process.env.REDIS_URL))
 */
export function clientTokenStore(client: KeyValueClient): TokenStore {
  return {
    async get(key) {
      return readTokenRecord(parse(await client.get(nameOf(key))))
    },
    async set(key, record) {
      await client.set(nameOf(key), JSON.stringify(record))
    },
  }
}

const nameOf = (key: string): string => `wecom-push:token:${key}`

function parse(text: unknown): unknown {
  if (typeof text !== "string") return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
