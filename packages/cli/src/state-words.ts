import type { Bilingual, Language } from "@wecom-push/protocol"
import { RECIPIENT_STATE_TEXTS } from "@wecom-push/protocol/delivery"
import type { RecipientType } from "@wecom-push/sdk"
import type { PaintStyle } from "./output.ts"
import { say } from "./texts.ts"

/** How a recipient's state looks on the screen. */
export const stateLook = {
  sent: { mark: "✓", style: "green", word: RECIPIENT_STATE_TEXTS.sent.word },
  not_found: { mark: "✗", style: "red", word: RECIPIENT_STATE_TEXTS.not_found.word },
  invalid: { mark: "✗", style: "red", word: RECIPIENT_STATE_TEXTS.invalid.word },
  unlicensed: { mark: "✗", style: "red", word: RECIPIENT_STATE_TEXTS.unlicensed.word },
  failed: { mark: "✗", style: "red", word: RECIPIENT_STATE_TEXTS.failed.word },
  planned: { mark: "→", style: "cyan", word: { en: "would be sent", zh: "将发送" } },
  in_doubt: { mark: "?", style: "yellow", word: RECIPIENT_STATE_TEXTS.in_doubt.word },
  // These a gateway alone knows.
  pending: { mark: "…", style: "cyan", word: RECIPIENT_STATE_TEXTS.pending.word },
  suppressed: { mark: "✓", style: "green", word: RECIPIENT_STATE_TEXTS.suppressed.word },
  cancelled: { mark: "-", style: "dim", word: RECIPIENT_STATE_TEXTS.cancelled.word },
  expired: { mark: "✗", style: "red", word: RECIPIENT_STATE_TEXTS.expired.word },
  not_opened: { mark: "✗", style: "red", word: RECIPIENT_STATE_TEXTS.not_opened.word },
  recalled: { mark: "-", style: "dim", word: RECIPIENT_STATE_TEXTS.recalled.word },
} as const satisfies Record<string, { mark: string; style: PaintStyle; word: Bilingual }>

/** States of a recipient, with and without a gateway, and those of a dry run. */
export type StateName = keyof typeof stateLook

export function isStateName(word: string): word is StateName {
  return Object.hasOwn(stateLook, word)
}

export function addressWords(type: RecipientType, address: string, language: Language): string {
  if (type === "all") return say(language, "everybody")
  return type === "department" || type === "tag" || type === "chat" ? say(language, type, { id: address }) : address
}
