import type { Language } from "@wecom-push/protocol"
import { say } from "./texts.ts"
import { visible } from "./visible.ts"

/** Asks the person at the terminal; "no" is the default. */
export async function confirm(message: string, language: Language): Promise<boolean> {
  const { confirm: ask } = await import("@clack/prompts")
  const answer = await ask({
    message: visible(message),
    active: say(language, "yes"),
    inactive: say(language, "no"),
    initialValue: false,
    output: process.stderr,
  })
  // Ctrl-C answers with a symbol, which does not mean yes.
  return answer === true
}
