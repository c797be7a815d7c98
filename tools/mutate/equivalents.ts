import type { ChangedLines } from "./show-change.ts"

/** A change after which the code does the same, so that no test can notice it. */
interface Equivalent {
  readonly file: string
  /** The lines it touches, each without what stands around it, joined by a blank. */
  readonly before: string
  readonly after: string
  readonly why: string
}

export const EQUIVALENTS: readonly Equivalent[] = []

export function whyEquivalent(
  file: string,
  { before, after }: ChangedLines,
  all: readonly Equivalent[] = EQUIVALENTS,
): string | undefined {
  const isIt = (each: Equivalent): boolean =>
    each.file === file && each.before === onOneLine(before) && each.after === onOneLine(after)
  return all.find(isIt)?.why
}

function onOneLine(lines: readonly string[]): string {
  return lines.map((line) => line.trim()).join(" ")
}
