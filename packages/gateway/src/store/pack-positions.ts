import { chunkOf, slotOf, positionAt } from "../model/recipients.ts"
import type { RecipientPosition } from "../model/recipients.ts"

/** Positions as text, in ranges: `0:0-999,1003;1:4`. Unpacked they are in order of chunk and slot. */
export function packPositions(positions: readonly RecipientPosition[]): string {
  const [only] = positions
  if (only !== undefined && positions.length === 1) return `${chunkOf(only)}:${slotOf(only)}`
  return [...Map.groupBy(positions.toSorted(ascending), chunkOf)]
    .map(([chunk, ofChunk]) => `${chunk}:${ranges(ofChunk.map(slotOf))}`)
    .join(";")
}

export function unpackPositions(packed: string): RecipientPosition[] {
  const positions: RecipientPosition[] = []
  if (packed === "") return positions
  for (const part of packed.split(";")) {
    const colon = part.indexOf(":")
    const chunk = Number(part.slice(0, colon))
    for (const range of part.slice(colon + 1).split(",")) {
      const [first = "", last = first] = range.split("-")
      for (let place = Number(first); place <= Number(last); place++) positions.push(positionAt(chunk, place))
    }
  }
  return positions
}

/** The slots of one chunk, without unpacking the others. */
export function unpackSlots(packed: string, chunk: number): number[] {
  const beginning = `${chunk}:`
  const part = packed.split(";").find((one) => one.startsWith(beginning))
  return part === undefined ? [] : unpackPositions(part).map(slotOf)
}

/** How many positions there are, without unpacking them. */
export function countPositions(packed: string): number {
  let count = 0
  if (packed === "") return count
  for (const part of packed.split(";")) {
    for (const range of part.slice(part.indexOf(":") + 1).split(",")) {
      const [first = "", last = first] = range.split("-")
      count += Number(last) - Number(first) + 1
    }
  }
  return count
}

function ranges(slots: readonly number[]): string {
  const parts: string[] = []
  for (let from = 0; from < slots.length;) {
    let to = from
    while (slots[to + 1] === (slots[to] ?? 0) + 1) to++
    parts.push(from === to ? `${slots[from]}` : `${slots[from]}-${slots[to]}`)
    from = to + 1
  }
  return parts.join(",")
}

function ascending(a: number, b: number): number {
  return a - b
}
