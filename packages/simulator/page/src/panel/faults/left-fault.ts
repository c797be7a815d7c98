import type { FaultKind } from "../../../../src/faults/planned-fault.ts"

/** A fault that waits for its calls, as `GET /_sim/faults` tells it. */
export interface LeftFault {
  readonly path: string
  readonly kind: FaultKind
  readonly times: number
  readonly after: number
  readonly match?: string
  readonly delay_ms?: number
  readonly errcode?: number
  readonly status?: number
  readonly bytes?: number
  readonly body?: unknown
  readonly body_base64?: string
  readonly acts?: boolean
}
