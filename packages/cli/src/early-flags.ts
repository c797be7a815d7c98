/** What must be known before the arguments are parsed, because a mistake in them has to be reported by it. */
export interface EarlyFlags {
  readonly lang: string | undefined
  readonly json: boolean
  /** The first word that is no flag. */
  readonly command: string | undefined
}

/** A rough look at the raw arguments; where they parse, the parsed values decide. */
export function earlyFlags(argv: readonly string[]): EarlyFlags {
  const end = argv.indexOf("--")
  const words = end === -1 ? argv : argv.slice(0, end)
  return { lang: langOf(words), json: words.includes("--json"), command: words.find((word) => !word.startsWith("-")) }
}

function langOf(words: readonly string[]): string | undefined {
  const index = words.findLastIndex((word) => word === "--lang" || word.startsWith("--lang="))
  const flag = words[index]
  if (flag === undefined) return undefined
  return flag === "--lang" ? words[index + 1] : flag.slice("--lang=".length)
}
