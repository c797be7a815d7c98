import type { Row } from "../send/recipient-table.ts"
import { isStateName } from "../state-words.ts"
import type { StateName } from "../state-words.ts"
import type { GatewayClient } from "./client.ts"
import { UnexpectedShape } from "./fields.ts"
import type { Fields } from "./fields.ts"
import type { MessageView } from "./message-view.ts"

export interface RecipientRow extends Row {
  readonly delayedUntil: string | undefined
}

const pageSize = 1000
/** The most recipients of each state that are listed on the screen; `--json` has them all. */
const mostOfAState = 100

/**
 * The outcome of each recipient. In a long list, unless `everybody` is true, only those who did not get the message:
 * among a million recipients a person looks for the forty that failed.
 */
export async function recipientsOf(
  client: GatewayClient,
  { id, total, counts }: MessageView,
  everybody: boolean,
): Promise<readonly RecipientRow[]> {
  if (everybody || total <= mostOfAState) return pages(client, id, undefined, Infinity)
  const states = [...counts.keys()].filter((state) => state !== "sent" && state !== "suppressed")
  const rows: RecipientRow[] = []
  for (const state of states) rows.push(...(await pages(client, id, state, mostOfAState)))
  return rows
}

async function pages(
  client: GatewayClient,
  id: string,
  state: StateName | undefined,
  most: number,
): Promise<RecipientRow[]> {
  const rows: RecipientRow[] = []
  let cursor: string | undefined
  do {
    const question = {
      path: `/v1/messages/${id}/recipients`,
      query: { state, limit: Math.min(pageSize, most - rows.length), cursor },
    }
    const page = await client.ask(question, (fields) => ({
      items: fields.list("items", readRecipient),
      next: fields.textOrNull("next_cursor") ?? undefined,
    }))
    for (const row of page.items) rows.push(row)
    cursor = page.next
  } while (cursor !== undefined && rows.length < most)
  return rows
}

function readRecipient(fields: Fields): RecipientRow {
  const state = fields.text("state")
  if (!isStateName(state)) throw new UnexpectedShape("state")
  return {
    type: typeOf(fields.text("type")),
    address: fields.text("address"),
    state,
    userid: fields.textOrNull("userid") ?? undefined,
    msgid: fields.textOrNull("msgid") ?? undefined,
    // As in the report of a direct send: 0 means that WeCom accepted.
    errcode: fields.numberOrNull("errcode") ?? (state === "sent" ? 0 : undefined),
    reason: fields.textOrNull("reason") ?? undefined,
    delayedUntil: fields.textOrNull("delayed_until") ?? undefined,
  }
}

const types = ["mobile", "email", "user", "department", "tag", "all", "chat", "robot"] as const

function typeOf(word: string): Row["type"] {
  const type = types.find((one) => one === word)
  if (type === undefined) throw new UnexpectedShape("type")
  return type
}
