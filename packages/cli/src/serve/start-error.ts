import type { Language } from "@wecom-push/protocol"
import { CommandError } from "../command-error.ts"
import { exitCode } from "../exit-code.ts"

/** Why a gateway or its database will not do, in words; what is none of its refusals is handed back as it is. */
export async function startError(error: unknown, language: Language): Promise<unknown> {
  const { StartRefusal } = await import("@wecom-push/gateway")
  if (!(error instanceof StartRefusal)) return error
  // A service manager starts the gateway again after all but a fault of usage.
  const code = error.isPassing ? exitCode.notSent : exitCode.usage
  return new CommandError(error.code, code, error.problem[language], { hint: error.hint[language] })
}
