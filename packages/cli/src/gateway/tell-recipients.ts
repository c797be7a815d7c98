import type { Output } from "../output.ts"
import { explainStates, stateTable, tellCounts } from "../send/recipient-table.ts"
import type { Row } from "../send/recipient-table.ts"
import type { MessageView } from "./message-view.ts"
import type { RecipientRow } from "./recipients.ts"
import { tellReason } from "./tell-reason.ts"
import { say } from "./texts.ts"

/** More than this many lines of a kind help nobody at a screen. */
const mostPending = 20

/** A line for each recipient that is worth one, the reasons once each, and the counts. */
export function tellRecipients(message: MessageView, recipients: readonly RecipientRow[], output: Output): void {
  const { language } = output
  const pending = recipients.filter(({ state }) => state === "pending")
  const untold = pending.length > mostPending ? new Set<Row>(pending.slice(mostPending)) : undefined
  stateTable(untold === undefined ? recipients : recipients.filter((row) => !untold.has(row)), output)
  if (untold !== undefined) output.note(say(language, "moreRecipients", { count: untold.size }))
  const reasons = new Map<Row, string>(recipients.map((row) => [row, tellReason(row, language)]))
  explainStates(recipients, output, (row) => reasons.get(row) ?? "")
  if (message.total > 1 && !output.quiet) tellCounts(message.total, message.counts, output)
}
