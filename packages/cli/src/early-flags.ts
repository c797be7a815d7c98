/** Flags that are read before the arguments are parsed, because they decide how a mistake in the arguments is reported. */
export interface EarlyFlags {
  readonly lang: string | undefined
  readonly json: boolean
  /** The command, if one can be recognised. */
  readonly command: CommandName | undefined
}

export type CommandName = (typeof commandNames)[number]

const commandNames = [
  "send",
  "lookup",
  "recall",
  "card",
  "members",
  "departments",
  "tags",
  "chat",
  "robot",
  "simulate",
  "listen",
  "serve",
  "backup",
  "migrate",
  "move",
  "readyz",
  "status",
  "retry",
  "cancel",
  "tail",
  "mcp",
  "keys",
  "apps",
  "sources",
  "doctor",
  "init",
] as const

/** A rough look at the raw arguments; when they parse, the parsed values are used instead. */
export function earlyFlags(argv: readonly string[]): EarlyFlags {
  const end = argv.indexOf("--")
  const words = end === -1 ? argv : argv.slice(0, end)
  return { lang: langOf(words), json: words.includes("--json"), command: commandIn(words) }
}

function langOf(words: readonly string[]): string | undefined {
  const index = words.findLastIndex((word) => word === "--lang" || word.startsWith("--lang="))
  const flag = words[index]
  if (flag === undefined) return undefined
  return flag === "--lang" ? words[index + 1] : flag.slice("--lang=".length)
}

/** The first word of the line that names a command: a text that is equal to a command's name comes later. */
function commandIn(words: readonly string[]): CommandName | undefined {
  const first = words.find((word) => commandNames.some((name) => name === word))
  return commandNames.find((name) => name === first)
}
