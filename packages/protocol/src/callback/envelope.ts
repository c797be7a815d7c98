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

/** @returns the `Encrypt` of a delivery's or a reply's body; undefined where there is none */
export async function readEncrypted(body: string): Promise<string | undefined> {
  const envelope = await readXml(body)
  const encrypted = envelope === undefined ? "" : xmlText(envelope, "Encrypt")
  return encrypted === "" ? undefined : encrypted
}

/**
 * The body of an answer that replies.
 * @see https://developer.work.weixin.qq.com/document/path/90968
 */
export function sealReply(message: string, { token, cipher, timestamp, nonce }: SealedBy): Promise<string> {
  const encrypted = cipher.encrypt(message)
  const signature = signCallback({ token, timestamp: String(timestamp), nonce, encrypted })
  return writeXml({ Encrypt: encrypted, MsgSignature: signature, TimeStamp: timestamp, Nonce: nonce })
}
