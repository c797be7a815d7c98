/** A call as `GET /_sim/calls` tells it. */
export interface CallItem {
  readonly seq: number
  readonly at: string
  readonly path: string
  readonly query: Readonly<Record<string, unknown>>
  readonly body: unknown
  readonly body_base64: string
  /** `null` where the body was forgotten. */
  readonly sha256: string | null
  /** `null` until it is answered, and where no answer came of it. */
  readonly errcode: number | null
  readonly answer: unknown
  readonly shown: readonly string[]
  readonly suppressed: readonly string[]
  readonly dropped: readonly string[]
  /** The kind of the fault it met. */
  readonly fault: string | null
  /** Of body, answer and names, forgotten to make room. */
  readonly forgotten_bytes?: number
}
