import { describeFault } from "@wecom-push/protocol"
import type { Fault, Language } from "@wecom-push/protocol"
import type { CommandFault } from "./command-error.ts"

/** A fault of the message as we report it, with its sentence. */
export function toldFault(fault: Fault, language: Language): CommandFault {
  const { path, rule, limit, actual } = fault
  return {
    path,
    message: describeFault(fault, language),
    rule,
    ...(limit === undefined ? {} : { limit }),
    ...(actual === undefined ? {} : { actual }),
  }
}
