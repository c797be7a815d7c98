import type { Clock } from "@wecom-push/sdk"

/** What the command reads and writes, so that tests can run it without a process of its own. */
export interface Io {
  readonly stdin: AsyncIterable<Uint8Array> & { readonly isTTY?: boolean }
  readonly stdout: Sink
  readonly stderr: Sink
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** The system's unless given. */
  readonly clock?: Clock
  /** Aborts when the user (Ctrl-C) or a supervisor (SIGTERM) asks to stop. Listening starts with the first call. */
  interruption(): AbortSignal
}

export interface Sink {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

export function processIo(): Io {
  swallowBrokenPipes()
  let interruption: AbortController | undefined
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
    interruption() {
      interruption ??= listenForInterruption()
      return interruption.signal
    },
  }
}

/** `wecom-push … | head -1` closes our pipe early; the work is done all the same and deserves its own exit code. */
function swallowBrokenPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error
    })
  }
}

function listenForInterruption(): AbortController {
  const controller = new AbortController()
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      // The second Ctrl-C is meant: whatever we are still tidying up is not worth waiting for.
      if (controller.signal.aborted) process.exit(130)
      controller.abort()
    })
  }
  return controller
}
