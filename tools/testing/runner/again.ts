import { Results } from "./results.ts"
import type { FailedFile } from "./results.ts"
import type { FileRun } from "./test-process.ts"

export interface AgainOptions {
  /** How often each file runs, one run after another. */
  readonly times: number
  /** Runs files in one process, while nothing else runs. */
  readonly run: (files: readonly string[], ended: (run: FileRun) => void) => Promise<unknown>
}

/** More failures than this are not caused by a busy machine. */
const MOST_FILES = 3

/**
 * On a busy machine, a test may fail, or not end in time, although it passes alone. To find out, the files of its process run
 * again once, and then the file alone, and all of them must pass each time. If a process has ended before its file, nothing
 * runs again.
 * @returns a line for each file that ran again
 */
export async function runAgain(results: Results, { times, run }: AgainOptions): Promise<readonly string[]> {
  const { failed } = results
  if (times === 0 || failed.length > MOST_FILES || failed.some(({ hasCrashed }) => hasCrashed)) return []
  const lines: string[] = []
  for (const [together, files] of Map.groupBy(failed, (one) => one.together)) {
    const passed = await passes(
      together,
      files.map(({ file }) => file),
    )
    for (const { file } of files) lines.push(lineOf(file, passed))
  }
  return lines

  async function passes(together: readonly string[], alone: readonly string[]): Promise<number> {
    for (let passed = 0; passed < times; passed++) {
      const files = passed === 0 ? together : alone
      const again = new Results(() => undefined, false)
      let ended = 0
      await run(files, (one) => {
        ended += 1
        again.add(one, files)
      })
      if (!again.isGood || ended < files.length) return passed
    }
    return times
  }

  function lineOf(file: FailedFile["file"], passed: number): string {
    if (passed < times) return `failed again: ${file}, after it had passed ${passed} times by itself`
    results.noteUnsteady(file)
    return `UNSTEADY: ${file} has failed beside others, and passed ${times} times by itself; it does not fail this run`
  }
}
