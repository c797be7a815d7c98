import type { Language } from "@wecom-push/protocol"
import { exitCode } from "./exit-code.ts"
import type { ExitCode } from "./exit-code.ts"
import type { Io, StopSignal } from "./io.ts"
import { say } from "./texts.ts"

/** The exit code of a command that ended with `code`, after standard output has taken its output. */
export async function endWith(
  code: ExitCode,
  command: string | undefined,
  io: Io,
  language: Language,
): Promise<ExitCode> {
  await io.delivery?.settled()
  const ended = code === exitCode.interrupted ? codeOfSignal(io.stoppedBy?.()) : code
  const what = lostOutput(io)
  if (what === undefined) return ended
  // When output is lost, a command that only prints has failed; one that sends has not, and must not be repeated
  // because of a full disk.
  const told = ended === exitCode.ok && tellsOnly(command) ? exitCode.notSent : ended
  io.stderr.write(`${say(language, "outputLost", { what, code: told })}\n`)
  return told
}

/** As shells do: 128 plus the number of the signal. */
export function codeOfSignal(signal: StopSignal | undefined): ExitCode {
  if (signal === "SIGHUP") return exitCode.hungUp
  return signal === "SIGTERM" ? exitCode.terminated : exitCode.interrupted
}

/** A reader that has read enough (`head -1`) is not a failure. */
function lostOutput({ delivery }: Io): string | undefined {
  if (delivery === undefined || !delivery.lost.aborted) return undefined
  const reason: unknown = delivery.lost.reason
  const code = reason instanceof Error && "code" in reason ? String(reason.code) : String(reason)
  return code === "EPIPE" ? undefined : code
}

function tellsOnly(command: string | undefined): boolean {
  return command === undefined || ["lookup", "doctor", "listen", "tail"].includes(command)
}
