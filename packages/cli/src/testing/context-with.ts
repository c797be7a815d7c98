import type { Context } from "../context.ts"
import { outputOf } from "../output.ts"

/** The context of a command, of which a test needs the environment alone. */
export function contextWith(env: Readonly<Record<string, string>>): Context {
  const sink = { write: () => undefined }
  const io = {
    stdin: (async function* () {})(),
    stdout: sink,
    stderr: sink,
    env,
    cwd: "/",
    interruption: () => new AbortController().signal,
  }
  return { io, language: "en", output: outputOf(io, { language: "en", json: false, quiet: true }) }
}
