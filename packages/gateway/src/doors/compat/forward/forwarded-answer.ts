import { isUtf8 } from "node:buffer"
import type { Readable } from "node:stream"
import type { CompatAnswer } from "../answer.ts"

/** An answer that the gateway did not make itself. */
export interface ForwardedAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Readable | Buffer | string
}

export function isForwarded(answer: ForwardedAnswer | CompatAnswer): answer is ForwardedAnswer {
  return !("errcode" in answer)
}

/**
 * The same bytes in a form that is sent quickly. A text is sent in one write together with its head; bytes would be a second
 * piece, and a write of two pieces takes twice as long.
 */
export function inOnePiece(body: Readable | Buffer, contentType = ""): ForwardedAnswer["body"] {
  const isText = Buffer.isBuffer(body) && /charset="?utf-8/i.test(contentType) && isUtf8(body)
  return isText ? body.toString("utf8") : body
}
