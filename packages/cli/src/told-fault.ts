import { describeFault, isCut } from "@wecom-push/protocol"
import type { Fault, Language } from "@wecom-push/protocol"
import { canBeSplit } from "@wecom-push/sdk/internals"
import type { CommandFault } from "./command-error.ts"
import { say } from "./texts.ts"

/** A fault of the message as we report it, with its sentence. */
export function toldFault(fault: Fault, language: Language): CommandFault {
  const { path, rule, limit, actual, errcode } = fault
  return {
    path,
    message: describeFault(fault, language) + wayOut(fault, language),
    rule,
    ...(limit === undefined ? {} : { limit }),
    ...(actual === undefined ? {} : { actual }),
    ...(errcode === undefined ? {} : { errcode }),
  }
}

/** The flag that does what the sentence advises. */
function wayOut(fault: Fault, language: Language): string {
  if (!isCut(fault)) return ""
  return say(language, canBeSplit(fault) ? "overflowWayOut" : "truncateWayOut")
}
