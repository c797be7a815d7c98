import { setTimeout as sleep } from "node:timers/promises"

/** The gateway for a program that has its address and a key. */
export interface Gateway {
  /** @throws for any answer other than 2xx */
  ask<T>(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<T>
  /** Resolves with the message's id once it is accepted. */
  post(message: object, headers?: Readonly<Record<string, string>>): Promise<string>
  /** Resolves when each is `sent`. @throws when one ended otherwise, or not within a minute */
  allSent(ids: readonly string[]): Promise<void>
}

export interface MessageView {
  readonly state: string
  readonly recipients: Readonly<Record<string, number>>
  readonly problem: unknown
}

const limitMs = 60_000

export function gatewayClient(key: string): Gateway {
  async function ask<T>(method: string, path: string, body?: unknown, headers = {}): Promise<T> {
    const response = await fetch(`http://127.0.0.1:7788${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path} answers ${response.status} ${text.slice(0, 500)}`)
    return JSON.parse(text) as T
  }
  return {
    ask,
    async post(message, headers) {
      return (await ask<{ id: string }>("POST", "/v1/messages", message, headers)).id
    },
    async allSent(ids) {
      const untilMs = Date.now() + limitMs
      let rest = ids
      for (;;) {
        const views: [string, MessageView][] = []
        for (const id of rest) views.push([id, await ask<MessageView>("GET", `/v1/messages/${id}`)])
        const open = views.filter(([, { state }]) => state !== "sent")
        rest = open.map(([id]) => id)
        if (rest.length === 0) return
        const isOver = open.some(([, { recipients }]) => recipients["pending"] === 0)
        if (isOver || Date.now() > untilMs) {
          throw new Error(`${rest.length} of ${ids.length} messages are not sent, as ${JSON.stringify(open[0])}`)
        }
        await sleep(100)
      }
    },
  }
}
