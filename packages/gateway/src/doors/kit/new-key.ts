import { randomBytes } from "node:crypto"
import { newId } from "../../accept/new-id.ts"
import type { NewKey } from "../../model/ports/keys.ts"
import { ALL_RIGHTS, hashOfKey } from "./key-ring.ts"

export interface IssuedKey {
  readonly record: NewKey
  /** Shown only once. */
  readonly key: string
}

export type KeyWish = Pick<NewKey, "name" | "scopes" | "apps" | "audienceCap" | "overflow" | "forward">

/**
 * `wp_` and 256 random bits, which scanners for leaked secrets can recognise.
 * @param client the client of the key that it replaces; its own id if absent
 */
export function issueKey(wish: KeyWish, now: number, client?: string): IssuedKey {
  const key = `wp_${randomBytes(32).toString("base64url")}`
  const id = newId("key_")
  const record: NewKey = {
    ...wish,
    id,
    client: client ?? id,
    prefix: key.slice(0, 8),
    hash: hashOfKey(key),
    createdAt: now,
  }
  return { record, key }
}

export function issueAdminKey(now: number): IssuedKey {
  return issueKey({ name: "admin", ...ALL_RIGHTS }, now)
}
