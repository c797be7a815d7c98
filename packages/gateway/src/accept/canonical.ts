import { hash } from "node:crypto"

/**
 * SHA-256 of a JSON value in a form that neither the order of names nor white space changes, so that a client may
 * build its request anew before it repeats it.
 */
export function fingerprint(value: unknown): string {
  return hash("sha256", canonical(value), "hex")
}

/** As deep as `readJson` lets through, so recursion is no danger. */
function canonical(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null"
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value
    return items.every((item) => typeof item !== "object")
      ? JSON.stringify(items)
      : `[${items.map(canonical).join(",")}]`
  }
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(",")}}`
}
