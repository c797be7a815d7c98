import type { Press } from "@wecom-push/bubble"
import type { Language } from "../shell/language.ts"
import { readJson } from "../shell/read-json.ts"
import { WORDS } from "../shell/words.ts"

/** The text below a card that was pressed. */
export interface PressResult {
  readonly text: string
  readonly isRefused: boolean
}

/** Presses a card on a phone, and returns the result. */
export async function press(
  userid: string,
  msgid: string,
  { key, selected = {} }: Press,
  language: Language,
): Promise<PressResult> {
  const words = WORDS[language]
  try {
    const response = await fetch(`/_sim/phones/${encodeURIComponent(userid)}/click`, {
      method: "POST",
      body: JSON.stringify({ msgid, key, selected }),
    })
    const answer = readJson<Answer>(await response.text())
    const problem = language === "zh" ? answer.error_zh : answer.error
    if (!response.ok) return { text: problem ?? words.pressFailed, isRefused: true }
    return { text: words.pressed[answer.state ?? ""] ?? "", isRefused: answer.state === "failed" }
  } catch {
    return { text: words.pressFailed, isRefused: true }
  }
}

interface Answer {
  readonly state?: string
  readonly error?: string
  readonly error_zh?: string
}
