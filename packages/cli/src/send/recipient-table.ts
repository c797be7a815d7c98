import type { RecipientType } from "@wecom-push/sdk"
import { displayWidth, padEnd } from "../display-width.ts"
import type { Output } from "../output.ts"
import { reasonSentence } from "../reason-sentence.ts"
import { addressWords, stateLook } from "../state-words.ts"
import type { StateName } from "../state-words.ts"
import { say } from "../texts.ts"
import { visibleOnOneLine } from "../visible.ts"
import { oddNumber } from "./odd-number.ts"
import type { OddNumber } from "./odd-number.ts"

export interface Row {
  readonly type: RecipientType
  readonly address: string
  readonly state: StateName
  readonly userid?: string | undefined
  readonly msgid?: string | undefined
  readonly errcode?: number | undefined
  readonly reason?: string | undefined
}

/** Puts a reason into words; a gateway has some reasons of its own. */
export type ReasonTeller = (row: Row) => string

/** With more rows than this, only recipients who did not get the message have a line. */
const maxRows = 50

/** Prints a line for each recipient: mark, address, state, and the userid of a number. */
export function stateTable(recipients: readonly Row[], output: Output): void {
  const { language, paintData } = output
  const leaveOutGood = recipients.length > maxRows || output.quiet
  const rows = recipients
    .filter((recipient) => !(leaveOutGood && isGood(recipient)))
    .map((recipient) => ({
      look: stateLook[recipient.state],
      address: visibleOnOneLine(addressWords(recipient.type, recipient.address, language)),
      state: stateLook[recipient.state].word[language],
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
  return state === "sent" || state === "planned" || state === "suppressed"
}

/** Prints why some did not get the message and what to do, each reason once, however many people have it. */
export function explainStates(
  recipients: readonly Row[],
  output: Output,
  tell: ReasonTeller = ({ reason, errcode }) => reasonSentence(reason, errcode, output.language),
): void {
  const { language } = output
  const lines = new Map<string, string>()
  for (const recipient of recipients) {
    if (isGood(recipient)) continue
    const odd = oddNumberOf(recipient)
    const sentence =
      odd === undefined ? tell(recipient) : say(language, odd, { value: visibleOnOneLine(recipient.address) })
    const state = stateLook[recipient.state].word[language]
    if (sentence === "" || lines.has(odd ?? `${state} ${sentence}`)) continue
    lines.set(odd ?? `${state} ${sentence}`, `${state}${language === "zh" ? "：" : ": "}${sentence}`)
  }
  for (const line of lines.values()) output.complain(line)
}

function oddNumberOf({ type, state, address }: Row): OddNumber | undefined {
  return type === "mobile" && state === "invalid" ? oddNumber(address) : undefined
}

/** Prints how many recipients have each outcome, in one line. One named again gets one copy, and counts once. */
export function countStates(recipients: readonly Row[], output: Output): void {
  const counts = new Map<StateName, number>()
  const counted = new Set<string>()
  let repeated = 0
  for (const { type, address, userid, state } of recipients) {
    const who = userid === undefined ? `${type} ${address}` : `user ${userid}`
    // Equal entries that are no address may have been meant for different people.
    if (state !== "invalid" && counted.has(who)) repeated++
    else counts.set(state, (counts.get(state) ?? 0) + 1)
    counted.add(who)
  }
  tellCounts(recipients.length - repeated, counts, output, repeated)
}

export function tellCounts(total: number, counts: ReadonlyMap<StateName, number>, output: Output, repeated = 0): void {
  const { language } = output
  const parts = [...counts].map(([state, count]) => `${stateLook[state].word[language]} ${count}`)
  if (repeated > 0) parts.push(say(language, "summaryRepeated", { count: repeated }))
  output.data([say(language, "summary", { total }), ...parts].join(" · "))
}

/** Every field is always there, so that a script need not check for it. */
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
