import { describeFault } from "@wecom-push/protocol"
import type { Fault, Language } from "@wecom-push/protocol"

/**
 * Something about a message that did not keep it from going out: it is unknown what WeCom makes of it, or WeCom cuts it,
 * ignores it or takes a default (`tolerated`: with `strict` it would have been refused).
 */
export interface Warning extends Fault {
  /** In the client's language. */
  readonly message: string
}

export function warningOf(fault: Fault, language: Language): Warning {
  return { ...fault, message: describeFault(fault, language) }
}
