export const RECALL_RESULTS = [
  "recalled",
  "refused",
  "expired",
  "in_flight",
  "unknown",
  "unreachable",
  "not_supported",
] as const
/** `not_supported`: WeCom takes no call of this kind back. `in_flight`: its answer is still missing; ask again. `unknown`: its answer was lost, so there is no handle. */
export type RecallResult = (typeof RECALL_RESULTS)[number]

/** The progress of the recall of a message with many calls. */
export interface RecallProgress {
  readonly askedAt: number
  /** Undefined while WeCom has to be asked for more calls. */
  readonly endedAt?: number
  /** Recipients that were cancelled before anything went out to them. */
  readonly cancelled: number
  /** The number of calls with each result. */
  readonly results: Readonly<Partial<Record<RecallResult, number>>>
  /** Where to continue behind the calls that are done, as a cursor of the reader. */
  readonly cursor?: string
}

/** Recalls that take longer than a request. A message has at most one at a time, on which one running process works. */
export interface Recalls {
  /**
   * Begins a recall that this process works on, unless one is under way.
   * @returns its progress; undefined for an unknown message
   */
  begin(
    messageId: string,
    at: number,
  ): Promise<{ readonly progress: RecallProgress; readonly isNew: boolean } | undefined>
  /** The progress of the recall under way, or of the last one. */
  progress(messageId: string): Promise<RecallProgress | undefined>
  /**
   * Takes over the recalls that no running process works on: this process works on them from now on.
   * @returns the ids of their messages
   */
  takeOver(): Promise<readonly string[]>
  /** @returns false when this process no longer works on it, and nothing was stored */
  note(messageId: string, progress: RecallProgress): Promise<boolean>
}
