import type { Language } from "@wecom-push/protocol"
import { CommandError } from "../command-error.ts"
import { exitCode } from "../exit-code.ts"

/** Why a gateway or its database will not do, in words; what is none of its refusals is handed back as it is. */
export async function startError(error: unknown, language: Language): Promise<unknown> {
  const { StartRefusal } = await import("@wecom-push/gateway")
  if (!(error instanceof StartRefusal)) return error
  return new CommandError(error.code, exitCode.usage, error.problem[language], { hint: error.hint[language] })
}
