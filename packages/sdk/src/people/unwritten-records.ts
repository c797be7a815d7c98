import type { LookupRecord, LookupStore } from "../lookup-store.ts"

/**
 * WeCom's answers that are not in the store yet: many numbers are written at once, which takes time. Questions in the
 * meantime are answered from here.
 */
export class UnwrittenRecords {
  readonly #store: LookupStore
  readonly #waiting = new Map<string, LookupRecord>()
  readonly #underWay = new Map<string, LookupRecord>()
  readonly #writes = new Set<Promise<void>>()

  constructor(store: LookupStore) {
    this.#store = store
  }

  /** How many records no write has taken yet. */
  get size(): number {
    return this.#waiting.size
  }

  get(key: string): LookupRecord | undefined {
    return this.#waiting.get(key) ?? this.#underWay.get(key)
  }

  add(key: string, record: LookupRecord): void {
    this.#waiting.set(key, record)
  }

  /** Resolves when everything that was added is in the store, also when another caller writes it. */
  async write(): Promise<void> {
    if (this.#waiting.size > 0) {
      const entries = [...this.#waiting]
      this.#waiting.clear()
      this.#writes.add(this.#writeAll(entries))
    }
    const writes = [...this.#writes]
    try {
      await Promise.all(writes)
    } finally {
      for (const write of writes) this.#writes.delete(write)
    }
  }

  async #writeAll(entries: readonly (readonly [key: string, record: LookupRecord])[]): Promise<void> {
    for (const [key, record] of entries) this.#underWay.set(key, record)
    try {
      await this.#store.set(entries)
    } finally {
      for (const [key, record] of entries) if (this.#underWay.get(key) === record) this.#underWay.delete(key)
    }
  }
}
