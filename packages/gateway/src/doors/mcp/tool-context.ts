import type { Language } from "@wecom-push/protocol"
import type { Confirmations } from "./confirmations.ts"
import type { GatewayDoor } from "./gateway-door.ts"

/** The context that every tool gets. */
export interface ToolContext {
  readonly door: GatewayDoor
  readonly language: Language
  readonly confirmations: Confirmations
}
