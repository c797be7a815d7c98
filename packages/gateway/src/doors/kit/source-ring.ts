import { hash } from "node:crypto"
import type { FoundSource, SourceStore } from "../../model/ports/sources.ts"

/** Every token of a source begins with this, and no key does. */
export const SOURCE_TOKEN_PREFIX = "wps_"

/** SHA-256 in hex, as for keys. */
export function hashOfToken(token: string): string {
  return hash("sha256", token, "hex")
}

/**
 * Finds the source of a presented token. Sources are remembered for a second, as keys are: a busy source costs no read of
 * the store, and a change by another node takes effect within a second.
 */
export class SourceRing {
  readonly #sources: Pick<SourceStore, "findByHash">
  readonly #remembered = new Map<string, { readonly found: FoundSource; readonly until: number }>()

  constructor(sources: Pick<SourceStore, "findByHash">) {
    this.#sources = sources
  }

  /** @param now milliseconds since 1970 */
  async find(token: string, now: number): Promise<FoundSource | undefined> {
    const digest = hashOfToken(token)
    const known = this.#remembered.get(digest)
    // The time lies too far ahead if the clock was set back.
    if (known !== undefined && now < known.until && now >= known.until - REMEMBER_MS)
      return valid(known.found, digest, now)
    const found = await this.#sources.findByHash(digest)
    this.#remembered.delete(digest)
    if (found === undefined) return undefined
    if (this.#remembered.size >= MAX_REMEMBERED) this.#remembered.clear()
    this.#remembered.set(digest, { found, until: now + REMEMBER_MS })
    return valid(found, digest, now)
  }

  forget(id: string): void {
    for (const [digest, { found }] of this.#remembered) if (found.source.id === id) this.#remembered.delete(digest)
  }
}

const REMEMBER_MS = 1000
const MAX_REMEMBERED = 10_000

/** A token that was replaced is valid until a set time. */
function valid(found: FoundSource, digest: string, now: number): FoundSource | undefined {
  const { source } = found
  const isOld = source.hash !== digest
  return isOld && now >= (source.old?.until ?? 0) ? undefined : found
}
