import { hash } from "node:crypto"

interface Earlier {
  readonly atMs: number
  readonly msgid: string
}

// 100,000 bodies of the last hours take some 30 MB. A repeat comes seconds after its first try, not 100,000 calls.
const REMEMBERED_BODIES = 100_000

/**
 * 重复消息检查: a request whose bytes equal those of an earlier one of the same app inside the interval is not received
 * again. Compares whole bodies, so it says nothing about another order of fields or other recipients.
 * @see wecom document 90236
 */
export class DuplicateCheck {
  readonly #earlier = new Map<string, Earlier>()

  keyOf(agentid: number, raw: Buffer): string {
    return `${agentid}/${hash("sha256", raw, "base64")}`
  }

  /** The msgid of the earlier request, if there was one inside the interval. */
  find(key: string, intervalMs: number, nowMs: number): string | undefined {
    const earlier = this.#earlier.get(key)
    return earlier !== undefined && nowMs < earlier.atMs + intervalMs ? earlier.msgid : undefined
  }

  remember(key: string, msgid: string, nowMs: number): void {
    // Deleting first moves the key to the end: the oldest stays first.
    this.#earlier.delete(key)
    this.#earlier.set(key, { atMs: nowMs, msgid })
    if (this.#earlier.size <= REMEMBERED_BODIES) return
    for (const oldest of this.#earlier.keys()) {
      this.#earlier.delete(oldest)
      return
    }
  }

  reset(): void {
    this.#earlier.clear()
  }
}
