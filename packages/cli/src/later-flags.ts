import { CommandError } from "./command-error.ts"
import { exitCode } from "./exit-code.ts"
import type { SendFlags } from "./flags.ts"
import type { Language } from "@wecom-push/protocol"
import { say } from "./texts.ts"

/** What a gateway cannot be given by the command yet. Ignoring them would send something else than was asked. */
const laterFlags = [
  ["image", "--image"],
  ["voice", "--voice"],
  ["video", "--video"],
  ["file", "--file"],
] as const satisfies readonly (readonly [keyof SendFlags, string])[]

/** @throws {CommandError} `not_in_this_version`, naming every one of them that is given */
export function refuseLaterFlags(flags: SendFlags, language: Language): void {
  const given = laterFlags.flatMap(([name, flag]) => (flags[name] === undefined ? [] : [flag]))
  if (given.length === 0) return
  const listed = given.join(", ")
  throw new CommandError(
    "not_in_this_version",
    exitCode.usage,
    `${listed}${language === "zh" ? "：" : ": "}${say(language, "notInThisVersion")}`,
  )
}
