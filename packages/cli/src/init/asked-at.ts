import type { Context } from "../context.ts"
import { askAtTerminal } from "./ask-at-terminal.ts"
import type { Questions } from "./questions.ts"

/** The one who answers questions: undefined when there is no terminal, or when a program reads the output (`--json`). */
export function askedAt({ io, language, output }: Context): Questions | undefined {
  if (output.json) return undefined
  if (io.questions !== undefined) return io.questions
  return io.stdin.isTTY === true && io.stderr.isTTY === true ? askAtTerminal(language) : undefined
}
