import type { AttemptEnd, CallKind } from "@wecom-push/protocol/delivery"
import type { Trace } from "../model/trace.ts"

/**
 * A way out: carries one call to WeCom and says how that ended. It repeats nothing by itself and stores nothing: what a
 * result means, and when a call is tried again, the rule book decides by `kind`.
 *
 * Each function makes one request and resolves, also when that fails; it rejects for a fault of the program alone.
 * `answer` is WeCom's answer to this very request. A failure has the code `in_doubt` when the request may have arrived, and
 * another one only where it surely has not. Afterwards nothing of the request is held. `testing/channel-contract.ts` is the
 * suite that each channel passes.
 */
export interface Channel {
  readonly kind: CallKind
  /**
   * One gateway at a time has the connection that everything goes out by: another one that still works on a file cannot
   * finish it. False unless given.
   */
  readonly isOfOneGateway?: boolean
  /** Sends the body of a call, exactly these bytes. */
  send(call: OutgoingCall): Promise<AttemptEnd>
  /** Hands in a file, for an id that messages name. Absent where messages have no files. */
  upload?(file: OutgoingFile): Promise<UploadEnd>
  /** Takes a call back by its `msgid`. Exists if and only if the kind `canRecall`. */
  recall?(msgid: string, trace?: Trace): Promise<AttemptEnd>
  /** Changes a card, by a complete body with its code. Exists if and only if the kind `canChangeCards`. */
  changeCard?(body: string): Promise<AttemptEnd>
  /**
   * Shows on task cards (任务卡片) which button was pressed, by a complete body with their task. Absent where there are none.
   */
  changeTaskCard?(body: string): Promise<AttemptEnd>
  /**
   * Asks WeCom something that changes nothing, that every app may ask and that no member notices. Absent where nothing can
   * be asked: then only calls show whether WeCom can be reached.
   */
  check?(signal: AbortSignal): Promise<AttemptEnd>
}

interface OutgoingCall {
  readonly body: string
  /** The call uses the duplicate check: another try after one that may have arrived does no harm. */
  readonly repeatable: boolean
  /** Milliseconds since 1970, by the steady clock: nothing of the call goes out after this time. */
  readonly deadline: number
  /** The trace that the call belongs to, for a channel that can send it beside the bytes. */
  readonly trace?: Trace | undefined
}

interface OutgoingFile {
  /** WeCom's type of the file, as in `image`. */
  readonly type: string
  readonly filename: string
  readonly blob: Blob
  readonly signal: AbortSignal
}

interface UploadEnd {
  readonly end: AttemptEnd
  /** The hash of the bytes that went out, in hexadecimal; undefined unless all of them did. */
  readonly sha256: string | undefined
}
