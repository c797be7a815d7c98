import { readFileSync } from "node:fs"

/** The arguments as they were given, or undefined where the system does not tell. */
export type ArgumentBytes = (argv: readonly string[]) => readonly Uint8Array[] | undefined

/** Of this process, on Linux. A launcher that handed its arguments on had them decoded too, so its own decide. */
export function processArguments(argv: readonly string[]): readonly Uint8Array[] | undefined {
  if (process.platform !== "linux") return undefined
  const handedOn = argumentsOf(String(process.ppid), argv.length)
  if (handedOn?.length === argv.length && handedOn.every((bytes, at) => bytes.toString("utf8") === argv[at])) {
    return handedOn
  }
  // npm puts the words through a shell after it has decoded them.
  return process.env["npm_command"] === undefined ? argumentsOf("self", argv.length) : undefined
}

function argumentsOf(process: string, count: number): readonly Buffer[] | undefined {
  try {
    const line = readFileSync(`/proc/${process}/cmdline`)
    const words: Buffer[] = []
    for (let from = 0; from < line.length;) {
      const end = line.indexOf(0, from)
      const to = end === -1 ? line.length : end
      words.push(line.subarray(from, to))
      from = to + 1
    }
    return words.length >= count ? words.slice(words.length - count) : undefined
  } catch {
    // No /proc, or another user's process: then it is as on other systems.
    return undefined
  }
}
