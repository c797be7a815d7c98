import { decodeUtf8 } from "@wecom-push/protocol"
import type { Language } from "@wecom-push/protocol"
import { CommandError } from "./command-error.ts"
import { exitCode } from "./exit-code.ts"
import type { Io } from "./io.ts"
import { say } from "./texts.ts"

/**
 * Node has already decoded the arguments as UTF-8 and put U+FFFD for bytes that are not, which would be sent without a
 * sign. When the bytes can be read, they decide; otherwise a U+FFFD counts as such a replacement, which it nearly
 * always is.
 * @throws {CommandError} usage
 */
export function refuseBadArguments(argv: readonly string[], { argumentBytes }: Io, language: Language): void {
  if (argumentBytes === undefined) return
  const bytes = argumentBytes(argv)
  const faults = argv.flatMap((word, index) => {
    if (!word.includes("\uFFFD")) return []
    const path = flagOf(argv, index)
    const position = index + 1
    if (bytes === undefined) return [{ path, message: say(language, "argumentMaybeNotUtf8", { position }) }]
    const decoded = decodeUtf8(bytes[index] ?? new Uint8Array())
    if ("text" in decoded) return []
    return [{ path, message: say(language, "argumentNotUtf8", { position, byte: decoded.invalidAtByte }) }]
  })
  if (faults.length === 0) return
  throw new CommandError("usage", exitCode.usage, say(language, "badUsage"), { faults })
}

function flagOf(argv: readonly string[], index: number): string {
  const word = argv[index] ?? ""
  const before = argv[index - 1] ?? ""
  if (/^--[a-z-]+=/.test(word)) return word.slice(0, word.indexOf("="))
  return /^--[a-z-]+$/.test(before) ? before : `argv[${index + 1}]`
}
