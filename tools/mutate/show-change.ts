import { changed } from "./find-places.ts"
import type { Change } from "./find-places.ts"

/** A change as the lines that it touches, before and after. */
export interface ChangedLines {
  /** Counted from 1. */
  readonly line: number
  readonly before: readonly string[]
  readonly after: readonly string[]
}

export function linesOf(source: string, change: Change): ChangedLines {
  const from = source.lastIndexOf("\n", change.start - 1) + 1
  const lineEnd = source.indexOf("\n", change.end)
  const to = lineEnd === -1 ? source.length : lineEnd
  const after = changed(source, change)
  return {
    line: source.slice(0, change.start).split("\n").length,
    before: source.slice(from, to).split("\n"),
    after: after.slice(from, to + after.length - source.length).split("\n"),
  }
}

export function showChange(source: string, change: Change): string {
  const { line, before, after } = linesOf(source, change)
  return [
    `${change.file}:${line}  ${change.kind}`,
    ...before.map((text) => `  - ${text}`),
    ...after.map((text) => `  + ${text}`),
  ].join("\n")
}
