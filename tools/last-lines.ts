// A reader of CI's output often has only its last few hundred lines, so the important lines are printed again at the end.

/** How many lines of a failed step are shown again: enough to see why. */
const LINES_OF_FAILED = 60

/** How a step failed, and the end of what it printed where that is known. */
export interface FailedStep {
  readonly name: string
  readonly output?: string
}

/** Prints what failed steps printed last, and in the last line their names; nothing when none failed. */
export function printFailed(failed: readonly FailedStep[]): void {
  for (const { name, output } of failed) {
    if (output !== undefined) console.log(`\n== ${name} failed; its last lines:\n${lastLines(output, LINES_OF_FAILED)}`)
  }
  if (failed.length > 0) console.log(`\n== FAILED: ${failed.map(({ name }) => name).join("; ")}`)
}

/** The last lines, at most `most`; if there were more, a first line says how many are left out. */
export function lastLines(text: string, most: number): string {
  const lines = text.trimEnd().split("\n")
  const leftOut = lines.length - most
  return leftOut <= 0 ? lines.join("\n") : [`… (${leftOut} lines before)`, ...lines.slice(leftOut)].join("\n")
}
