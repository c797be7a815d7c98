import type { CommanderError } from "commander"
import type { Language } from "@wecom-push/protocol"
import { CommandError } from "./command-error.ts"
import { exitCode } from "./exit-code.ts"
import { say } from "./texts.ts"

/** Commander tells mistakes in English only; its codes and the names it quotes are enough to tell them in ours. */
export function usageErrorOf(error: CommanderError, language: Language): CommandError {
  const quoted = /'([^']*)'/.exec(error.message)?.[1] ?? ""
  return new CommandError("usage", exitCode.usage, sentence(error, quoted, language), {
    hint: suggestion(error, language) ?? say(language, "seeHelp"),
  })
}

function sentence(error: CommanderError, quoted: string, language: Language): string {
  switch (error.code) {
    case "commander.unknownOption":
      return say(language, "unknownOption", { flag: quoted })
    case "commander.unknownCommand":
      return say(language, "unknownCommand", { name: quoted })
    case "commander.optionMissingArgument":
      return say(language, "optionWithoutValue", { flag: quoted })
    case "commander.missingArgument":
      return say(language, "argumentMissing", { name: quoted })
    case "commander.excessArguments":
      return say(language, "tooManyArguments", { words: /got \d+: (.*)\.$/s.exec(error.message)?.[1] ?? "" })
    case "commander.help":
      return say(language, "noCommand")
    default:
      return say(language, "badUsage")
  }
}

function suggestion(error: CommanderError, language: Language): string | undefined {
  const similar = /\(Did you mean (?:one of )?(.*)\?\)/.exec(error.message)?.[1]
  return similar === undefined ? undefined : say(language, "didYouMean", { names: similar })
}
