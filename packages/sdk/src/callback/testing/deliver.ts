import { deliveryOf, innerXml } from "./app-settings.ts"

/** The request that WeCom posts when a member has written. */
export function deliver(url: string, changes: { readonly token?: string } = {}): Promise<Response> {
  const timestamp = Math.floor(Date.now() / 1000)
  const { query, body } = deliveryOf(innerXml("<MsgType>text</MsgType>"), { timestamp, ...changes })
  const headers = { "content-type": "text/xml" }
  return fetch(`${url}?${new URLSearchParams(query).toString()}`, { method: "POST", headers, body })
}
