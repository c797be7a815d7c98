import type { Clock } from "@wecom-push/sdk"
import { codeOfSignal } from "./ending.ts"
import type { ExitCode } from "./exit-code.ts"
import { processArguments } from "./process-arguments.ts"
import type { ArgumentBytes } from "./process-arguments.ts"
import { WatchedStdout } from "./stdout.ts"

/** What the command reads and writes, so that tests can run it without a process of its own. */
export interface Io {
  readonly stdin: AsyncIterable<Uint8Array> & { readonly isTTY?: boolean }
  readonly stdout: Sink
  readonly stderr: Sink
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** The system's unless given. */
  readonly clock?: Clock
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

/** What becomes of what is written to standard output. */
export interface Delivery {
  /** Resolves when everything that was written is taken or lost. */
  settled(): Promise<void>
  /** Aborts when something was not taken; the reason is the system's error. */
  readonly lost: AbortSignal
}

const stopSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const

export type StopSignal = (typeof stopSignals)[number]

export function processIo(): Io {
  const stdout = new WatchedStdout(process.stdout)
  // There is nowhere left to say that nothing can be said.
  process.stderr.on("error", () => undefined)
  let interruption: AbortController | undefined
  let stoppedBy: StopSignal | undefined
  return {
    stdin: process.stdin,
    stdout,
    delivery: stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
    argumentBytes: processArguments,
    interruption() {
      interruption ??= listenForInterruption((signal) => {
        stoppedBy ??= signal
      })
      return interruption.signal
    },
    stoppedBy: () => stoppedBy,
    exit: (code) => process.exit(code),
  }
}

function listenForInterruption(tell: (signal: StopSignal) => void): AbortController {
  const controller = new AbortController()
  for (const name of stopSignals) {
    process.on(name, () => {
      // The second Ctrl-C is meant: whatever we are still tidying up is not worth waiting for.
      if (controller.signal.aborted) process.exit(codeOfSignal(name))
      tell(name)
      controller.abort()
    })
  }
  return controller
}
