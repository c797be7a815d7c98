import { createHash, hash } from "node:crypto"
import type { Hash } from "node:crypto"
import { LongList } from "./long-list.ts"

/**
 * SHA-256 of a JSON value in a form that neither the order of names nor white space changes, so that a client may
 * build its request anew before it repeats it. A `LongList` counts as the array that it is.
 */
export function fingerprint(value: unknown): string {
  let digest: Hash | undefined
  let text = ""
  writeCanonical(value, (more) => {
    text += more
    // Hashed piece by piece, since the whole may be as long as its body: many megabytes.
    if (text.length < ENOUGH_AT_ONCE) return
    digest = (digest ?? createHash("sha256")).update(text)
    text = ""
  })
  // To make a digest takes longer than to hash a short message.
  return digest === undefined ? hash("sha256", text, "hex") : digest.update(text).digest("hex")
}

const ENOUGH_AT_ONCE = 64 * 1024

type Write = (text: string) => void

/** `readJson` limits the depth, so recursion is no danger. */
function writeCanonical(value: unknown, write: Write): void {
  if (typeof value !== "object" || value === null) write(JSON.stringify(value) ?? "null")
  else if (value instanceof LongList) writeLong(value, write)
  else if (Array.isArray(value)) writeArray(value, write)
  else writeObject(value, write)
}

function writeArray(items: readonly unknown[], write: Write): void {
  if (items.every((item) => typeof item !== "object")) return write(JSON.stringify(items))
  write("[")
  for (const [index, item] of items.entries()) {
    if (index > 0) write(",")
    writeCanonical(item, write)
  }
  write("]")
}

function writeObject(value: object, write: Write): void {
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  write("{")
  for (const [index, [name, member]] of entries.entries()) {
    write(`${index > 0 ? "," : ""}${JSON.stringify(name)}:`)
    writeCanonical(member, write)
  }
  write("}")
}

function writeLong(list: LongList, write: Write): void {
  write("[")
  for (const { from, items } of list.pieces()) write((from > 0 ? "," : "") + JSON.stringify(items).slice(1, -1))
  write("]")
}
