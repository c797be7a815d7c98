import type { GatewayClient } from "./client.ts"
import type { RecipientRow } from "./recipients.ts"

/** As `send --json` tells it. */
export interface CallJson {
  readonly msgid: string | null
  readonly response_code: string | null
  readonly errcode: number | null
}

interface Attempt {
  readonly call: number
  readonly result: string | null
  readonly errcode: number | null
}

/** The calls of a message: one for each msgid that WeCom gave, and one for each that came to nothing. */
export async function callsOf(
  client: GatewayClient,
  id: string,
  recipients: readonly RecipientRow[],
): Promise<readonly CallJson[]> {
  const last = new Map<number, Attempt>()
  let cursor: string | undefined
  do {
    const question = { path: `/v1/messages/${id}/attempts`, query: { limit: 1000, cursor } }
    const page = await client.ask(question, (fields) => ({
      items: fields.list("items", (attempt) => ({
        call: attempt.number("call"),
        result: attempt.textOrNull("result"),
        errcode: attempt.numberOrNull("errcode"),
      })),
      next: fields.textOrNull("next_cursor") ?? undefined,
    }))
    for (const attempt of page.items) last.set(attempt.call, attempt)
    cursor = page.next
  } while (cursor !== undefined)
  const msgids = new Set(recipients.flatMap(({ msgid }) => (msgid === undefined ? [] : [msgid])))
  const failed = [...last.values()].filter(({ result }) => result !== "accepted")
  return [
    ...[...msgids].map((msgid) => ({ msgid, response_code: null, errcode: 0 })),
    ...failed.map(({ errcode }) => ({ msgid: null, response_code: null, errcode })),
  ]
}
