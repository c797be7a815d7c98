import { setTimeout as sleep } from "node:timers/promises"
import { ADMIN_KEY } from "./plan.ts"

/** Seconds from the post of a message until the gateway at `url` reports it as sent; Infinity if that is not so by `end`. */
export async function secondsUntilSent(url: string, message: object, end: number): Promise<number> {
  const headers = { authorization: `Bearer ${ADMIN_KEY}`, "content-type": "application/json" }
  const askedAt = performance.now()
  const accepted = await fetch(`${url}/v1/messages`, { method: "POST", headers, body: JSON.stringify(message) })
  const { id } = (await accepted.json()) as { readonly id: string }
  while (performance.now() < end) {
    const answer = await fetch(`${url}/v1/messages/${id}`, { headers })
    if (((await answer.json()) as { readonly state: string }).state === "sent")
      return (performance.now() - askedAt) / 1000
    await sleep(50)
  }
  return Infinity
}
