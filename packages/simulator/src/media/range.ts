export interface ByteRange {
  readonly start: number
  /** The first byte that is no longer in it. */
  readonly end: number
}

/** A `Range` header of one range, as in `bytes=0-99`, `bytes=100-` or `bytes=-100`. `null`: not one that can be given. */
export function readRange(header: string | undefined, sizeBytes: number): ByteRange | undefined | null {
  if (header === undefined) return undefined
  const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/.exec(header.trim()) ?? []
  if (first === "" && last === "") return null
  const start = first === "" ? Math.max(0, sizeBytes - Number(last)) : Number(first)
  const end = first === "" || last === "" ? sizeBytes : Math.min(sizeBytes, Number(last) + 1)
  return start < end ? { start, end } : null
}
