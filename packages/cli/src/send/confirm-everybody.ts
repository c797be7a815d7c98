import { CommandError } from "../command-error.ts"
import type { Configuration } from "../config/configuration.ts"
import type { Context } from "../context.ts"
import { exitCode } from "../exit-code.ts"
import type { SendFlags } from "../program.ts"
import { say } from "../texts.ts"

/** A slip here reaches a whole company, so it takes a second word: `--yes`, or a person who answers. */
export async function confirmEverybody(
  flags: SendFlags,
  { agentId }: Configuration,
  { io, language }: Context,
): Promise<boolean> {
  if (flags.yes === true) return true
  if (io.stdin.isTTY !== true || io.stderr.isTTY !== true) {
    throw new CommandError("usage", exitCode.usage, `--all: ${say(language, "allNeedsYes")}`)
  }
  const { confirm } = await import("@clack/prompts")
  const answer = await confirm({
    message: say(language, "askAll", { agentId }),
    active: say(language, "yes"),
    inactive: say(language, "no"),
    initialValue: false,
    output: process.stderr,
  })
  // Ctrl-C answers with a symbol, which is no yes either.
  return answer === true
}
