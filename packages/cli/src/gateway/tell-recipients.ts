import type { Output } from "../output.ts"
import { explainStates, stateTable, tellCounts } from "../send/recipient-table.ts"
import type { Row } from "../send/recipient-table.ts"
import type { MessageView } from "./message-view.ts"
import type { RecipientRow } from "./recipients.ts"
import { tellReason } from "./tell-reason.ts"
import { say } from "./texts.ts"
import { stateLook } from "../state-words.ts"
import type { StateName } from "../state-words.ts"

/** More lines of one kind than this do not help on a screen. */
const mostPending = 20

/** Prints how many recipients did not get the message and have no line, because a long list is only read in part. */
function tellMore({ counts }: MessageView, told: readonly RecipientRow[], output: Output): void {
  const { language } = output
  const more = [...counts].flatMap(([state, count]): [StateName, number][] => {
    const left = count - told.filter((row) => row.state === state).length
    return left > 0 && state !== "sent" && state !== "suppressed" ? [[state, left]] : []
  })
  if (more.length === 0) return
  const states = more.map(([state, count]) => `${stateLook[state].word[language]} ${count}`).join(" · ")
  const count = more.reduce((sum, [, left]) => sum + left, 0)
  output.note(say(language, "moreRecipients", { count, states }))
}

/** Prints a line for each recipient worth one, each reason once, and the counts. */
export function tellRecipients(message: MessageView, recipients: readonly RecipientRow[], output: Output): void {
  const { language } = output
  const pending = recipients.filter(({ state }) => state === "pending")
  const untold = new Set<Row>(pending.slice(mostPending))
  const told = recipients.filter((row) => !untold.has(row))
  stateTable(told, output)
  tellMore(message, told, output)
  const reasons = new Map<Row, string>(recipients.map((row) => [row, tellReason(row, language)]))
  explainStates(recipients, output, (row) => reasons.get(row) ?? "")
  if (message.total > 1 && !output.quiet) tellCounts(message.total, message.counts, output)
}
