import { CommandError } from "./command-error.ts"
import type { Context } from "./context.ts"
import { exitCode } from "./exit-code.ts"
import { say } from "./texts.ts"

/** Whether there is a person to ask. */
export function canConfirm({ io }: Pick<Context, "io">): boolean {
  return io.questions !== undefined || (io.stdin.isTTY === true && io.stderr.isTTY === true)
}

/**
 * Asks the person at the terminal; “no” is the default.
 * @param refused what a no, or Ctrl-C, leaves undone
 * @throws {CommandError} unless the answer is yes
 */
export async function confirm(
  message: string,
  refused: string,
  { io, language }: Pick<Context, "io" | "language">,
): Promise<void> {
  const questions = io.questions ?? (await import("./init/ask-at-terminal.ts")).askAtTerminal(language)
  const words = { yes: say(language, "yes"), no: say(language, "no") }
  const answer = await questions.confirm({ message, words })
  if (answer === true) return
  throw new CommandError("not_confirmed", answer === undefined ? exitCode.interrupted : exitCode.usage, refused)
}
