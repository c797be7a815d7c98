/** Two numbers as an opaque text: where the next page begins. */
export function toCursor(first: number, second: number): string {
  return Buffer.from(`${first}.${second}`).toString("base64url")
}

/** Undefined for a text that is not our cursor. */
export function fromCursor(cursor: string): readonly [first: number, second: number] | undefined {
  const match = /^(-?\d{1,16})\.(-?\d{1,16})$/.exec(Buffer.from(cursor, "base64url").toString())
  if (match === null) return undefined
  const [first, second] = [Number(match[1]), Number(match[2])]
  return Number.isSafeInteger(first) && Number.isSafeInteger(second) ? [first, second] : undefined
}

/** Cuts a page from items; the caller asked for one more than the page holds. */
export function toPage<T>(
  items: readonly T[],
  limit: number,
  cursorOf: (last: T) => string,
): { readonly items: readonly T[]; readonly nextCursor: string | undefined } {
  const kept = items.slice(0, limit)
  const last = kept.at(-1)
  return { items: kept, nextCursor: items.length > limit && last !== undefined ? cursorOf(last) : undefined }
}
