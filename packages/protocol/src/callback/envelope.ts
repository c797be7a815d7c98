import type { CallbackCipher } from "./cipher.ts"
import { signCallback } from "./signature.ts"
import { readXml, writeXml, xmlText } from "./xml.ts"

export interface SealedBy {
  readonly token: string
  readonly cipher: CallbackCipher
  /** Seconds since 1970. */
  readonly timestamp: number
  readonly nonce: string
}

/**
 * Finds the `Encrypt` of a delivery's body, the only part that the signature covers, without parsing the body as XML.
 * The time is linear in the body's length, since anybody may send one.
 * @returns undefined when there is none, or more than one
 */
export function findEncrypted(body: string): string | undefined {
  const start = body.indexOf(OPEN)
  const end = body.indexOf(CLOSE, start)
  if (start === -1 || end === -1 || body.includes(OPEN, start + OPEN.length)) return undefined
  const content = body.slice(start + OPEN.length, end).trim()
  const isCdata = content.startsWith(OPEN_CDATA) && content.endsWith(CLOSE_CDATA)
  const encrypted = isCdata ? content.slice(OPEN_CDATA.length, -CLOSE_CDATA.length).trim() : content
  return /^[A-Za-z0-9+/]+={0,2}$/.test(encrypted) ? encrypted : undefined
}

const OPEN = "<Encrypt>"
const CLOSE = "</Encrypt>"
const OPEN_CDATA = "<![CDATA["
const CLOSE_CDATA = "]]>"

/** Whether a delivery's body, whose sender is already verified, is XML with that text in its `Encrypt`. */
export async function isEnvelopeOf(body: string, encrypted: string): Promise<boolean> {
  const envelope = await readXml(body)
  return envelope !== undefined && xmlText(envelope, "Encrypt").trim() === encrypted
}

/**
 * The body of an answer that has a reply.
 * @see https://developer.work.weixin.qq.com/document/path/90968
 */
export function sealReply(message: string, { token, cipher, timestamp, nonce }: SealedBy): Promise<string> {
  const encrypted = cipher.encrypt(message)
  const signature = signCallback({ token, timestamp: String(timestamp), nonce, encrypted })
  return writeXml({ Encrypt: encrypted, MsgSignature: signature, TimeStamp: timestamp, Nonce: nonce })
}
