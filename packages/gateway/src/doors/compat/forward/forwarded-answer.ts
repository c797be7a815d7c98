import { isUtf8 } from "node:buffer"
import type { Readable } from "node:stream"
import type { CompatAnswer } from "../answer.ts"

/** An answer that is not of our making. */
export interface ForwardedAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Readable | Buffer | string
}

export function isForwarded(answer: ForwardedAnswer | CompatAnswer): answer is ForwardedAnswer {
  return !("errcode" in answer)
}

/**
 * The same bytes. A text goes out in one write with its head, while bytes are a second piece, and a write of two pieces takes
 * twice as long.
 */
export function inOnePiece(body: Readable | Buffer, contentType = ""): ForwardedAnswer["body"] {
  const isText = Buffer.isBuffer(body) && /charset="?utf-8/i.test(contentType) && isUtf8(body)
  return isText ? body.toString("utf8") : body
}
