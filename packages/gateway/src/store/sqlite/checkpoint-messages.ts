/** Orders to the checkpoint thread: copy the log, and perhaps restart it while nothing else writes. */
export type Order = "copy" | "begin anew"

export interface Reply {
  readonly isDone: boolean
}
