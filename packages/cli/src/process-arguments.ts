import { readFileSync } from "node:fs"

/** Returns the arguments as bytes, or undefined when the system does not give them. */
export type ArgumentBytes = (argv: readonly string[]) => readonly Uint8Array[] | undefined

/**
 * Reads the arguments of this process, on Linux. When a launcher passed its arguments on, they were decoded on the way,
 * so the launcher's own arguments are used.
 */
export function processArguments(argv: readonly string[]): readonly Uint8Array[] | undefined {
  if (process.platform !== "linux") return undefined
  const handedOn = argumentsOf(String(process.ppid), argv.length)
  if (handedOn?.length === argv.length && handedOn.every((bytes, at) => bytes.toString("utf8") === argv[at])) {
    return handedOn
  }
  // npm passes the arguments through a shell after it has decoded them.
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
