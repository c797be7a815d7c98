import { CommandError } from "../command-error.ts"
import { earlyFlags } from "../early-flags.ts"
import { exitCode } from "../exit-code.ts"
import { pickLanguage } from "../language.ts"
import { say } from "../texts.ts"

/**
 * Replaces the parts that a command loads late and that the single file lacks, such as the gateway for `doctor
 * --database`.
 * @throws {CommandError} left_out
 */
export function refuse(): never {
  const language = pickLanguage(earlyFlags(process.argv.slice(2)).lang, process.env)
  throw new CommandError("left_out", exitCode.usage, say(language, "partLeftOut"), {
    hint: say(language, "takePackage"),
  })
}
