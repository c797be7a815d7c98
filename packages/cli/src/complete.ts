import { CommandError } from "./command-error.ts"
import type { Context } from "./context.ts"
import { exitCode } from "./exit-code.ts"
import type { ExitCode } from "./exit-code.ts"
import { buildProgram } from "./program.ts"
import { say } from "./texts.ts"

const shells = ["zsh", "bash", "fish", "powershell"]

/**
 * Prints the completion script of a shell (`complete zsh`), or answers the question that script asks
 * (`complete -- send --mo`). The library adds its own `complete` command, so it is given a program without ours.
 * @param words behind `complete`, without its flags
 * @param argv the whole line, for a question follows `--`
 */
export async function complete(
  words: readonly string[],
  argv: readonly string[],
  { io, language }: Context,
): Promise<ExitCode> {
  const [shell] = words
  const isQuestion = argv.includes("--", argv.indexOf("complete"))
  if (!isQuestion && (shell === undefined || !shells.includes(shell))) {
    const allowed = shells.join(", ")
    const message =
      shell === undefined ? say(language, "noShell", { allowed }) : say(language, "badValue", { value: shell, allowed })
    throw new CommandError("usage", exitCode.usage, message)
  }
  const { default: tab } = await import("@bomb.sh/tab/commander")
  const program = buildProgram(language, undefined, {
    version: "",
    columns: 80,
    write: (text) => void io.stdout.write(text),
    writeError: () => {},
  })
  tab(program)
  const isBash = !isQuestion && shell === "bash"
  if (isBash) io.stdout.write(bashReadonlyOnce)
  await program.parseAsync(["complete", ...(isQuestion ? ["--"] : []), ...words], { from: "user" })
  if (isBash) io.stdout.write("unset -f readonly\n")
  return exitCode.ok
}

/**
 * The library's script makes variables read-only, so a shell that reads it again, or reads another tool's script of the
 * same library, reports an error for each. While our script is read, `readonly` only sets variables that are not set
 * yet, and leaves them changeable.
 */
const bashReadonlyOnce = 'readonly() { local name="${1%%=*}"; [ -n "${!name-}" ] || printf -v "$name" %s "${1#*=}"; }\n'
