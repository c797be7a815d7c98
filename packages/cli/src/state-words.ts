import type { Language } from "@wecom-push/protocol"
import type { RecipientState, RecipientType } from "@wecom-push/sdk"
import type { PaintStyle } from "./output.ts"
import { say } from "./texts.ts"
import type { PlainTextKey } from "./texts.ts"

/** How a recipient's state looks on the screen. */
export const stateLook = {
  sent: { mark: "✓", style: "green", word: "stateSent" },
  not_found: { mark: "✗", style: "red", word: "stateNotFound" },
  invalid: { mark: "✗", style: "red", word: "stateInvalid" },
  unlicensed: { mark: "✗", style: "red", word: "stateUnlicensed" },
  failed: { mark: "✗", style: "red", word: "stateFailed" },
  planned: { mark: "→", style: "cyan", word: "statePlanned" },
  in_doubt: { mark: "?", style: "yellow", word: "stateInDoubt" },
} as const satisfies Record<RecipientState | "planned", { mark: string; style: PaintStyle; word: PlainTextKey }>

export function addressWords(type: RecipientType, address: string, language: Language): string {
  if (type === "all") return say(language, "everybody")
  return type === "department" || type === "tag" ? say(language, type, { id: address }) : address
}
