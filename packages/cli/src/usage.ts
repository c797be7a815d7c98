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
    hint: suggestion(error, language) ?? strayHint(error, { program, argv, language }) ?? say(language, "seeHelp"),
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

/** What words that belong to no flag were meant to be: flags with another dash, as word processors write it, or the rest of a value. */
function strayHint({ code }: CommanderError, { program, argv, language }: CommandLine): string | undefined {
  if (code !== "commander.excessArguments") return undefined
  const { options, registeredArguments } = commandOf(program, argv).command
  const withDashes = argv.flatMap((word) => {
    const meant = nameOf(word).replace(/^\p{Dash}+/u, "--")
    return word.startsWith("-") || !options.some(({ long }) => long === meant) ? [] : [meant]
  })
  if (withDashes.length > 0) return say(language, "otherDash", { flags: withDashes.join(", ") })
  // Elsewhere the word after a value may be the command's own.
  if (registeredArguments.length > 0) return undefined
  const at = argv.findIndex((word, index) => {
    const isOption = options.some(({ long, required }) => long === nameOf(word) && required)
    return isOption && isValue(argv[index + 1]) && (word.includes("=") || isValue(argv[index + 2]))
  })
  const word = argv[at]
  if (word === undefined) return undefined
  const flag = nameOf(word)
  const rest = argv.slice(at + 1)
  const end = rest.findIndex((other) => !isValue(other))
  const value = [
    ...(flag === word ? [] : [word.slice(flag.length + 1)]),
    ...rest.slice(0, end === -1 ? undefined : end),
  ]
  return say(language, "quoteValue", { example: `${flag} "${shownInQuotes(value.join(" "))}"` })
}

function nameOf(word: string): string {
  return word.split("=", 1)[0] ?? word
}

function isValue(word: string | undefined): boolean {
  return word !== undefined && !word.startsWith("-")
}

/** Left out where shells need more than quotes, or where it is long. */
function shownInQuotes(value: string): string {
  return value.length > 60 || /["$`\\!]/.test(value) ? "…" : value
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
