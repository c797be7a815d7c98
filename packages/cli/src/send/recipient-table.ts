import type { PlannedRecipient, RecipientOutcome } from "@wecom-push/sdk"
import { displayWidth, padEnd } from "../display-width.ts"
import type { Output } from "../output.ts"
import { reasonSentence } from "../reason-sentence.ts"
import { addressWords, stateLook } from "../state-words.ts"
import { say } from "../texts.ts"

type Row = RecipientOutcome | PlannedRecipient

/** Beyond this many rows only those who get nothing are worth a line. */
const maxRows = 50

/** A line for each recipient: mark, address, state, and the userid behind a number. */
export function stateTable(recipients: readonly Row[], output: Output): void {
  const { language, paintData } = output
  const leaveOutGood = recipients.length > maxRows || output.quiet
  const rows = recipients
    .filter((recipient) => !(leaveOutGood && isGood(recipient)))
    .map((recipient) => ({
      look: stateLook[recipient.state],
      address: addressWords(recipient.type, recipient.address, language),
      state: say(language, stateLook[recipient.state].word),
      userid: isGood(recipient) && recipient.type !== "user" ? (recipient.userid ?? "") : "",
    }))
  const addressWidth = rows.reduce((widest, { address }) => Math.max(widest, displayWidth(address)), 0)
  const stateWidth = rows.reduce((widest, { state }) => Math.max(widest, displayWidth(state)), 0)
  for (const { look, address, state, userid } of rows) {
    const line = `${padEnd(address, addressWidth)}  ${padEnd(state, stateWidth)}  ${userid}`.trimEnd()
    output.data(`${paintData(look.style, look.mark)} ${line}`)
  }
}

function isGood({ state }: Row): boolean {
  return state === "sent" || state === "planned"
}

/** Why some get nothing and what to do, each reason once, however many people it met. */
export function explainStates(recipients: readonly Row[], output: Output): void {
  const { language } = output
  const lines = new Set<string>()
  for (const recipient of recipients) {
    if (isGood(recipient)) continue
    const sentence = reasonSentence(recipient.reason, recipient.errcode, language)
    const state = say(language, stateLook[recipient.state].word)
    if (sentence !== "") lines.add(`${state}${language === "zh" ? "：" : ": "}${sentence}`)
  }
  for (const line of lines) output.complain(line)
}

/** How many met which fate, in one line. */
export function countStates(recipients: readonly Row[], output: Output): void {
  const { language } = output
  const counts = new Map<Row["state"], number>()
  for (const { state } of recipients) counts.set(state, (counts.get(state) ?? 0) + 1)
  const parts = [...counts].map(([state, count]) => `${say(language, stateLook[state].word)} ${count}`)
  output.data([say(language, "summary", { total: recipients.length }), ...parts].join(" · "))
}

/** With every member there, so that a script need not ask whether it is. */
export function recipientsJson(recipients: readonly Row[]): readonly Record<string, unknown>[] {
  return recipients.map(({ type, address, state, userid, msgid, errcode, reason }) => ({
    type,
    address,
    state,
    userid: userid ?? null,
    msgid: msgid ?? null,
    errcode: errcode ?? null,
    reason: reason ?? null,
  }))
}
