import { CallbackCipher, signCallback } from "@wecom-push/protocol/callback"

/** An app's settings as its administrator sees them. */
export const APP = {
  token: "pushToken2024",
  encodingAesKey: "pqxXJiYx6H6j2jR5XZ1y5ROgVEJ9vVdnbHY7Vz1Ck5U",
  receiveId: "ww0123456789abcdef",
} as const

export interface Delivery {
  readonly query: Record<string, string>
  readonly body: string
}

interface DeliveryChanges {
  readonly timestamp?: number
  readonly token?: string
  readonly encodingAesKey?: string
  readonly receiveId?: string
}

/** An inner XML as WeCom delivers it to this app, unless something about it is changed. */
export function deliveryOf(xml: string, changes: DeliveryChanges & { readonly timestamp: number }): Delivery {
  const { encrypted, query } = sealed(xml, changes)
  const { receiveId } = { ...APP, ...changes }
  return {
    query,
    body:
      `<xml><ToUserName><![CDATA[${receiveId}]]></ToUserName><AgentID><![CDATA[1000007]]></AgentID>` +
      `<Encrypt><![CDATA[${encrypted}]]></Encrypt></xml>`,
  }
}

/** The query of WeCom's visit when the app's address is saved. */
export function visitOf(
  echo: string,
  changes: DeliveryChanges & { readonly timestamp: number },
): Record<string, string> {
  const { encrypted, query } = sealed(echo, changes)
  return { ...query, echostr: encrypted }
}

function sealed(
  message: string,
  { timestamp, ...changes }: DeliveryChanges & { readonly timestamp: number },
): { encrypted: string; query: Record<string, string> } {
  const { token, encodingAesKey, receiveId } = { ...APP, ...changes }
  const nonce = "9081726354"
  const encrypted = new CallbackCipher(encodingAesKey, receiveId).encrypt(message)
  const msg_signature = signCallback({ token, timestamp: String(timestamp), nonce, encrypted })
  return { encrypted, query: { msg_signature, timestamp: String(timestamp), nonce } }
}

/** The inner XML of an event or a message, from what is special about it. */
export function innerXml(elements: string, from = "alice"): string {
  return (
    `<xml><ToUserName><![CDATA[${APP.receiveId}]]></ToUserName><FromUserName><![CDATA[${from}]]></FromUserName>` +
    `<CreateTime>1735689700</CreateTime>${elements}<AgentID>1000007</AgentID></xml>`
  )
}
