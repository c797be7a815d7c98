import { codeOfSignal } from "./ending.ts"
import { stopSignals } from "./io.ts"
import type { Io, StopSignal } from "./io.ts"
import { processArguments } from "./process-arguments.ts"
import { WatchedStdout } from "./stdout.ts"

/** Of the process itself. */
export function processIo(): Io {
  // Certificates are always checked: our own connections say so each, and this is for those of libraries that ask for
  // something by themselves, as the key of a bucket is asked for.
  delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"]
  const stdout = new WatchedStdout(process.stdout)
  // There is nowhere left to say that nothing can be said.
  process.stderr.on("error", () => undefined)
  let interruption: AbortController | undefined
  let stoppedBy: StopSignal | undefined
  return {
    stdin: STDIN_WHEN_READ,
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

/** Node loads what reads it at the first touch, and most commands read nothing. */
const STDIN_WHEN_READ: Io["stdin"] = {
  get isTTY() {
    return process.stdin.isTTY
  },
  [Symbol.asyncIterator]: () => process.stdin[Symbol.asyncIterator](),
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
