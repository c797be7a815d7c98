/** What the thread of the checkpoints is told: copy the log, and perhaps begin it anew while nobody else writes. */
export type Order = "copy" | "begin anew"

export interface Reply {
  readonly isDone: boolean
}
