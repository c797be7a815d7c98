import type { Clock } from "@wecom-push/sdk"
import type { ExitCode } from "./exit-code.ts"
import type { Questions } from "./init/questions.ts"
import type { ArgumentBytes } from "./process-arguments.ts"

/** Input and output of the command, so that tests can run it without a process of its own. */
export interface Io {
  readonly stdin: AsyncIterable<Uint8Array> & { readonly isTTY?: boolean }
  readonly stdout: Sink
  readonly stderr: Sink
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** The system's unless given. */
  readonly clock?: Clock
  /** Those of the terminal unless given. */
  readonly questions?: Questions
  /** Present where standard output can fail. */
  readonly delivery?: Delivery
  readonly argumentBytes?: ArgumentBytes
  /**
   * Aborts when the user (Ctrl-C), a supervisor (SIGTERM) or the end of a terminal (SIGHUP) asks to stop. Listening starts
   * with the first call.
   */
  interruption(): AbortSignal
  /** Which of them was first. */
  stoppedBy?(): StopSignal | undefined
  /** Ends the process, whatever is under way. */
  exit?(code: ExitCode): void
}

export interface Sink {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

/** Whether what was written to standard output was taken. */
export interface Delivery {
  /** Resolves when everything that was written is taken or lost. */
  settled(): Promise<void>
  /** Aborts when something was not taken; the reason is the system's error. */
  readonly lost: AbortSignal
}

export const stopSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const

export type StopSignal = (typeof stopSignals)[number]
