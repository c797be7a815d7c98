import type { Language } from "@wecom-push/protocol"
import { say } from "./texts.ts"

/** The state of a message in a word; one that a newer gateway has is told as it is called there. */
export function messageStateWord(state: string, language: Language): string {
  return isKnown(state) ? say(language, words[state]) : state
}

const words = {
  scheduled: "messageStateScheduled",
  queued: "messageStateQueued",
  sending: "messageStateSending",
  sent: "messageStateSent",
  partly_sent: "messageStatePartlySent",
  in_doubt: "messageStateInDoubt",
  failed: "messageStateFailed",
  cancelled: "messageStateCancelled",
  expired: "messageStateExpired",
  recalled: "messageStateRecalled",
} as const

function isKnown(state: string): state is keyof typeof words {
  return Object.hasOwn(words, state)
}
