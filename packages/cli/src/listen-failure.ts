import type { Language } from "@wecom-push/protocol"
import { CommandError } from "./command-error.ts"
import { exitCode } from "./exit-code.ts"
import { codeOf } from "./read-text.ts"
import { say } from "./texts.ts"

export interface Place {
  readonly host: string
  readonly port: number
  /** The flag that chooses another port. */
  readonly flag: string
}

/** Why a server could not listen, in words; undefined when that was not the trouble. */
export function listenFailure(error: unknown, place: Place, language: Language): CommandError | undefined {
  const message = sentence(codeOf(error), place, language)
  return message === undefined ? undefined : new CommandError("cannot_listen", exitCode.usage, message)
}

function sentence(code: string | undefined, { host, port, flag }: Place, language: Language): string | undefined {
  if (code === "EADDRINUSE") return say(language, "portInUse", { port, host, flag })
  if (code === "EACCES") return say(language, "portForbidden", { port })
  const isHostUnknown = code === "EADDRNOTAVAIL" || code === "ENOTFOUND" || code === "EAI_AGAIN"
  return isHostUnknown ? say(language, "hostUnknown", { host }) : undefined
}
