export const RECALL_RESULTS = ["recalled", "refused", "expired", "in_flight", "unknown", "unreachable"] as const
/** `in_flight`: its answer is not there yet; ask again. `unknown`: its answer was lost, so there is no handle. */
export type RecallResult = (typeof RECALL_RESULTS)[number]

/** How far the recall of a message with many calls has come. */
export interface RecallProgress {
  readonly askedAt: number
  /** Undefined while calls are left to ask for. */
  readonly endedAt?: number
  /** Recipients that were cancelled before anything went out to them. */
  readonly cancelled: number
  /** How many calls came to which result. */
  readonly results: Readonly<Partial<Record<RecallResult, number>>>
  /** Behind the calls that are done, as the reader's pages are cut. */
  readonly cursor?: string
}

/** Recalls that take longer than a request: one of a message at a time, which some living process works on. */
export interface Recalls {
  /**
   * Begins one, and this process works on it, unless one is under way.
   * @returns how far it has come; undefined where there is no such message
   */
  begin(
    messageId: string,
    at: number,
  ): Promise<{ readonly progress: RecallProgress; readonly isNew: boolean } | undefined>
  /** Of the one that is under way, or was the last. */
  progress(messageId: string): Promise<RecallProgress | undefined>
  /** Those that no living process works on: from now on this one does. @returns the ids of their messages */
  takeOver(): Promise<readonly string[]>
  /** @returns false where this process does not work on it any more, and nothing was noted */
  note(messageId: string, progress: RecallProgress): Promise<boolean>
}
