import { createHash } from "node:crypto"
import type { Cell } from "./moved-tables.ts"

/**
 * A digest of rows in any order, since the two stores may sort differently. No row occurs twice, since each has a key.
 */
export class RowDigest {
  readonly #sum = Buffer.alloc(32)
  rows = 0

  add(row: readonly Cell[]): void {
    const hash = createHash("sha256").update(JSON.stringify(row)).digest()
    for (let n = 0; n < hash.length; n++) this.#sum[n] = (this.#sum[n] ?? 0) ^ (hash[n] ?? 0)
    this.rows++
  }

  get hex(): string {
    return this.#sum.toString("hex")
  }
}
