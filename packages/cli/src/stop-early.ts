import type { Language } from "@wecom-push/protocol"
import { CommandError } from "./command-error.ts"
import type { Outcome } from "./context.ts"
import { exitCode } from "./exit-code.ts"
import type { Io } from "./io.ts"
import { say } from "./texts.ts"

/**
 * Runs a command so that it can be stopped from its first moment on. Once it listens to the interruption it ends by
 * itself. Before that (it reads standard input, or waits for an answer of the user) it is left where it is, and nothing
 * was sent: no command sends without listening.
 */
export class EarlyStop {
  /** Work may still be under way, so that the process has to be ended. */
  isLeft = false
  readonly #io: Io

  constructor(io: Io) {
    this.#io = io
  }

  async run(language: Language, command: (io: Io) => Outcome): Outcome {
    const io = this.#io
    if (io.exit === undefined) return command(io)
    const interruption = io.interruption()
    const { promise: left, reject } = Promise.withResolvers<never>()
    let isListening = false
    const leave = (): void => {
      if (isListening) return
      this.isLeft = true
      reject(new CommandError("aborted", exitCode.interrupted, say(language, "interruptedNothing")))
    }
    if (interruption.aborted) leave()
    interruption.addEventListener("abort", leave, { once: true })
    const listening = (): AbortSignal => {
      isListening = true
      return interruption
    }
    return this.isLeft ? left : Promise.race([command({ ...io, interruption: listening }), left])
  }
}
