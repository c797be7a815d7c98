import assert from "node:assert/strict"
import type { Gateway, MessageView } from "./gateway.ts"
import { useridOf, whoHasText } from "./phones.ts"

export const crowdSize = 50_000

/** One body with 50,000 recipients. @returns its id */
export async function crowd(gateway: Gateway): Promise<string> {
  const users = Array.from({ length: crowdSize }, (_, index) => useridOf(index + 1))
  const id = await gateway.post({ app: "alerts", to: { users }, msgtype: "text", text: { content: "to the crowd" } })
  await gateway.allSent([id])
  const { recipients } = await gateway.ask<MessageView>("GET", `/v1/messages/${id}`)
  assert.equal(recipients["sent"], crowdSize)
  const holders = (await whoHasText()).get("to the crowd") ?? []
  assert.equal(holders.length, crowdSize, "shown as often as there are people")
  assert.equal(new Set(holders).size, crowdSize, "shown to each of them")
  return id
}
