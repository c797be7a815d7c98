import { randomFillSync } from "node:crypto"
import { V7Generator } from "uuidv7"

/** `prefix`, and a UUID of version 7: ids sort in the order in which they were made. */
export function newId(prefix: "msg_" | "key_" | "src_"): string {
  return `${prefix}${generator.generate().toString()}`
}

/**
 * With the library's own pool of 32 bytes, most of the cost of an id would be the calls for random bytes from the system.
 */
const pool = new Uint32Array(1024)
let at = pool.length

function nextUint32(): number {
  if (at === pool.length) {
    randomFillSync(pool)
    at = 0
  }
  return pool[at++] ?? 0
}

const generator = new V7Generator({ nextUint32 })
