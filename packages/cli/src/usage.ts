import type { Command, CommanderError } from "commander"
import type { Language } from "@wecom-push/protocol"
import { CommandError } from "./command-error.ts"
import { commandOf } from "./command-of.ts"
import { exitCode } from "./exit-code.ts"
import { say } from "./texts.ts"

export interface CommandLine {
  readonly program: Command
  readonly argv: readonly string[]
  readonly language: Language
}

/** Commander tells mistakes in English only; its codes and the names it quotes are enough to tell them in ours. */
export function usageErrorOf(error: CommanderError, { program, argv, language }: CommandLine): CommandError {
  const swallowed = error.code === "commander.excessArguments" ? flagAsValue(program, argv) : undefined
  if (swallowed !== undefined) {
    return new CommandError("usage", exitCode.usage, say(language, "optionWithoutValue", { flag: swallowed.flag }), {
      hint: say(language, "flagAsValue", swallowed),
    })
  }
  const quoted = /'([^']*)'/.exec(error.message)?.[1] ?? ""
  return new CommandError("usage", exitCode.usage, sentence(error, quoted, language), {
    hint: suggestion(error, language) ?? say(language, "seeHelp"),
  })
}

/** Words that belong to no flag are often what is left when a flag without its value has taken the next flag for it. */
function flagAsValue(program: Command, argv: readonly string[]): { flag: string; value: string } | undefined {
  const { options } = commandOf(program, argv).command
  const at = argv.findIndex((word, index) => {
    const takesValue = options.some(({ long, required }) => long === word && required)
    return takesValue && options.some(({ long }) => long === argv[index + 1])
  })
  const [flag, value] = at === -1 ? [] : argv.slice(at, at + 2)
  return flag === undefined || value === undefined ? undefined : { flag, value }
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
