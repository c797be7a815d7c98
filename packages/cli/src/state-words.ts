import type { Language } from "@wecom-push/protocol"
import type { RecipientType } from "@wecom-push/sdk"
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
  // These a gateway alone knows.
  pending: { mark: "…", style: "cyan", word: "statePending" },
  suppressed: { mark: "✓", style: "green", word: "stateSuppressed" },
  cancelled: { mark: "-", style: "dim", word: "stateCancelled" },
  expired: { mark: "✗", style: "red", word: "stateExpired" },
  recalled: { mark: "-", style: "dim", word: "stateRecalled" },
} as const satisfies Record<string, { mark: string; style: PaintStyle; word: PlainTextKey }>

/** What can become of a recipient, with and without a gateway, and what a dry run says of one. */
export type StateName = keyof typeof stateLook

export function isStateName(word: string): word is StateName {
  return Object.hasOwn(stateLook, word)
}

export function addressWords(type: RecipientType, address: string, language: Language): string {
  if (type === "all") return say(language, "everybody")
  return type === "department" || type === "tag" ? say(language, type, { id: address }) : address
}
