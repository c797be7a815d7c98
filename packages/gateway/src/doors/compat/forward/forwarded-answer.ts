import type { Readable } from "node:stream"
import type { CompatAnswer } from "../answer.ts"

/** An answer that is not of our making. */
export interface ForwardedAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Readable | Buffer
}

export function isForwarded(answer: ForwardedAnswer | CompatAnswer): answer is ForwardedAnswer {
  return !("errcode" in answer)
}
