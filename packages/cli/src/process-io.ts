import { codeOfSignal } from "./ending.ts"
import { stopSignals } from "./io.ts"
import type { Io, StopSignal } from "./io.ts"
import { processArguments } from "./process-arguments.ts"
import { WatchedStdout } from "./stdout.ts"

/** The input and output of the process itself. */
export function processIo(): Io {
  // Certificates are always checked. Our own connections set this explicitly; this line is for connections that
  // libraries make by themselves, such as the one for a bucket's key.
  delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"]
  const stdout = new WatchedStdout(process.stdout)
  // When stderr fails, there is no other place to report it.
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

/** Node loads the modules for stdin at the first access, and most commands do not read it. */
const STDIN_WHEN_READ: Io["stdin"] = {
  get isTTY() {
    return process.stdin.isTTY
  },
  [Symbol.asyncIterator]: () => process.stdin[Symbol.asyncIterator](),
}

/** By the system: `process.exit` would wait for a statement of SQLite that another thread is executing. */
function endAtOnce(name: StopSignal): void {
  process.removeAllListeners(name)
  process.kill(process.pid, name)
  // The first process of a container is not ended by its own signal.
  process.exit(codeOfSignal(name))
}

function listenForInterruption(tell: (signal: StopSignal) => void): AbortController {
  const controller = new AbortController()
  for (const name of stopSignals) {
    process.on(name, () => {
      // A second Ctrl-C is intended: the process does not wait for the rest of its cleanup.
      if (controller.signal.aborted) return endAtOnce(name)
      tell(name)
      controller.abort()
    })
  }
  return controller
}
