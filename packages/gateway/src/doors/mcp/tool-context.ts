import type { Language } from "@wecom-push/protocol"
import type { Confirmations } from "./confirmations.ts"
import type { GatewayDoor } from "./gateway-door.ts"

/** Given to every tool. */
export interface ToolContext {
  readonly door: GatewayDoor
  readonly language: Language
  readonly confirmations: Confirmations
}
