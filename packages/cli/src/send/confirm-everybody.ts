import type { CommandFault } from "../command-error.ts"
import { confirm } from "../confirm.ts"
import type { Context } from "../context.ts"
import type { SendFlags } from "../flags.ts"
import { say } from "../texts.ts"

/** A slip with `--all` reaches a whole company, so it takes a second word: `--yes`, or a person who answers. */
export function unconfirmedFaults(flags: SendFlags, { io, language }: Context): readonly CommandFault[] {
  if (!needsWord(flags)) return []
  const canAsk = io.stdin.isTTY === true && io.stderr.isTTY === true
  if (canAsk) return []
  return [{ path: "--all", message: say(language, "allNeedsYes") }]
}

/** Asks the person at the terminal, if that is needed. `app` is what the app is called; undefined where there is one only. */
export async function confirmEverybody(
  flags: SendFlags,
  app: string | undefined,
  { language }: Context,
): Promise<boolean> {
  if (!needsWord(flags)) return true
  return confirm(app === undefined ? say(language, "askAllOfOnlyApp") : say(language, "askAll", { app }), language)
}

function needsWord({ all, yes, dryRun }: SendFlags): boolean {
  return all === true && yes !== true && dryRun !== true
}
