import type { CommandFault } from "../command-error.ts"
import type { Context } from "../context.ts"
import type { SendFlags } from "../flags.ts"
import { say } from "../texts.ts"

/** A slip with `--all` reaches a whole company, so it takes a second word: `--yes`, or a person who answers. */
export function unconfirmedFaults(flags: SendFlags, { io, language }: Context): readonly CommandFault[] {
  const canAsk = io.stdin.isTTY === true && io.stderr.isTTY === true
  if (!needsWord(flags) || canAsk) return []
  return [{ path: "--all", message: say(language, "allNeedsYes") }]
}

/** Asks the person at the terminal, if that is needed. `app` is what the app is called; undefined where there is one only. */
export async function confirmEverybody(
  flags: SendFlags,
  app: string | undefined,
  { language }: Context,
): Promise<boolean> {
  if (!needsWord(flags)) return true
  const { confirm } = await import("@clack/prompts")
  const answer = await confirm({
    message: app === undefined ? say(language, "askAllOfOnlyApp") : say(language, "askAll", { app }),
    active: say(language, "yes"),
    inactive: say(language, "no"),
    initialValue: false,
    output: process.stderr,
  })
  // Ctrl-C answers with a symbol, which is no yes either.
  return answer === true
}

function needsWord({ all, yes, dryRun }: SendFlags): boolean {
  return all === true && yes !== true && dryRun !== true
}
