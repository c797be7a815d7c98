import { describeFault } from "@wecom-push/protocol"
import type { Fault, Language } from "@wecom-push/protocol"

/**
 * A fault of a message that did not stop it: it is unknown how WeCom treats the value, or WeCom cuts it, ignores it or
 * uses a default (`tolerated`: with `strict` it would have been refused).
 */
export interface Warning extends Fault {
  /** The sentence in the client's language. */
  readonly message: string
}

export function warningOf(fault: Fault, language: Language): Warning {
  return { ...fault, message: describeFault(fault, language) }
}
