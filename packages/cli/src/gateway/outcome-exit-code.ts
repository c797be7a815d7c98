import { exitCode } from "../exit-code.ts"
import type { ExitCode } from "../exit-code.ts"
import type { MessageView } from "./message-view.ts"

/** The exit code for a message: 4 beats 1, 1 beats 3. One that is scheduled has been accepted, which is 0. */
export function outcomeExitCode({ state, counts, total }: MessageView): ExitCode {
  const count = (state: Parameters<typeof counts.get>[0]): number => counts.get(state) ?? 0
  const scheduled = state === "scheduled" ? count("pending") : 0
  if (count("pending") > scheduled || count("in_doubt") > 0) return exitCode.inDoubt
  if (count("sent") + count("suppressed") + scheduled === total) return exitCode.ok
  return count("failed") === total ? exitCode.notSent : exitCode.refused
}
