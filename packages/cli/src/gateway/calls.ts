import type { GatewayClient } from "./client.ts"

/** A call as `send --json` prints it. */
export interface CallJson {
  readonly msgid: string | null
  readonly response_code: string | null
  readonly errcode: number | null
}

/** The calls of a message, with WeCom's ids of those that it accepted. */
export async function callsOf(client: GatewayClient, id: string): Promise<readonly CallJson[]> {
  const calls: CallJson[] = []
  let cursor: string | undefined
  do {
    const question = { path: `/v1/messages/${id}/calls`, query: { limit: 1000, cursor } }
    const page = await client.ask(question, (fields) => ({
      items: fields.list("items", (call) => ({
        msgid: call.textOrNull("msgid"),
        response_code: call.textOrNull("response_code"),
        errcode: call.numberOrNull("errcode"),
      })),
      next: fields.textOrNull("next_cursor") ?? undefined,
    }))
    calls.push(...page.items)
    cursor = page.next
  } while (cursor !== undefined)
  return calls
}
