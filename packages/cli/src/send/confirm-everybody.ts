import type { CommandFault } from "../command-error.ts"
import { canConfirm, confirm } from "../confirm.ts"
import type { Context } from "../context.ts"
import type { SendFlags } from "../flags.ts"
import { say } from "../texts.ts"

/** A slip with `--all` reaches a whole company, so it takes a second word: `--yes`, or a person who answers. */
export function unconfirmedFaults(flags: SendFlags, context: Context): readonly CommandFault[] {
  if (!needsWord(flags) || canConfirm(context)) return []
  return [{ path: "--all", message: say(context.language, "allNeedsYes") }]
}

/**
 * Asks the person at the terminal, if that is needed. `app` is what the app is called; undefined where there is one only.
 * @throws {CommandError} unless the answer is yes
 */
export async function confirmEverybody(flags: SendFlags, app: string | undefined, context: Context): Promise<void> {
  if (!needsWord(flags)) return
  const { language } = context
  const question = app === undefined ? say(language, "askAllOfOnlyApp") : say(language, "askAll", { app })
  await confirm(question, say(language, "notConfirmed"), context)
}

function needsWord({ all, yes, dryRun }: SendFlags): boolean {
  return all === true && yes !== true && dryRun !== true
}
