/** A call as `GET /_sim/calls` returns it. */
export interface CallItem {
  readonly seq: number
  readonly at: string
  readonly path: string
  readonly query: Readonly<Record<string, unknown>>
  readonly body: unknown
  readonly body_base64: string
  /** `null` when the body was forgotten. */
  readonly sha256: string | null
  /** `null` until the call is answered, and when there was no answer. */
  readonly errcode: number | null
  readonly answer: unknown
  readonly shown: readonly string[]
  readonly suppressed: readonly string[]
  readonly dropped: readonly string[]
  /** The kind of the fault that was applied to the call. */
  readonly fault: string | null
  /** How many bytes of body, answer and names were forgotten to make room. */
  readonly forgotten_bytes?: number
}
