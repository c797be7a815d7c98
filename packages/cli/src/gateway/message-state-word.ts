import type { Language } from "@wecom-push/protocol"
import { isMessageState, MESSAGE_STATE_TEXTS } from "@wecom-push/protocol/delivery"

/** The state of a message in a word; a state that only a newer gateway knows keeps the gateway's name. */
export function messageStateWord(state: string, language: Language): string {
  return isMessageState(state) ? MESSAGE_STATE_TEXTS[state].word[language] : state
}
