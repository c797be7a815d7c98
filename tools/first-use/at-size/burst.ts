import assert from "node:assert/strict"
import type { Gateway } from "./gateway.ts"
import { mobileOf, useridOf, whoHasText } from "./phones.ts"

const people = 300

/** A message each to 300 people by phone number, all posted at once. @returns their ids */
export async function burst(gateway: Gateway): Promise<readonly string[]> {
  const messages = Array.from({ length: people }, (_, index) => ({
    app: "alerts",
    to: { mobiles: [mobileOf(index + 1)] },
    msgtype: "text",
    text: { content: `burst ${index + 1}` },
  }))
  const ids = await Promise.all(messages.map((message) => gateway.post(message)))
  await gateway.allSent(ids)
  const holders = await whoHasText()
  for (let number = 1; number <= people; number++) {
    assert.deepEqual(holders.get(`burst ${number}`), [useridOf(number)])
  }
  return ids
}
