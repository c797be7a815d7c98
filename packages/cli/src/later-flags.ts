import { CommandError } from "./command-error.ts"
import { exitCode } from "./exit-code.ts"
import type { AccessFlags, SendFlags } from "./program.ts"
import type { Language } from "@wecom-push/protocol"
import { say } from "./texts.ts"

/** Flags whose names are settled and whose work is still to come. Ignoring them would send something else than was asked. */
const laterFlags = [
  ["image", "--image"],
  ["voice", "--voice"],
  ["video", "--video"],
  ["file", "--file"],
  ["gateway", "--gateway"],
  ["key", "--key"],
  ["app", "--app"],
  ["idempotencyKey", "--idempotency-key"],
  ["priority", "--priority"],
  ["orderKey", "--order-key"],
  ["sendAt", "--send-at"],
  ["expiresAt", "--expires-at"],
  ["wait", "--wait"],
] as const satisfies readonly (readonly [keyof SendFlags, string])[]

/** @throws {CommandError} `not_in_this_version`, naming every one of them that is given */
export function refuseLaterFlags(flags: AccessFlags & Partial<SendFlags>, language: Language): void {
  const given = laterFlags.flatMap(([name, flag]) => (flags[name] === undefined ? [] : [flag]))
  if (given.length === 0) return
  const listed = given.join(", ")
  throw new CommandError(
    "not_in_this_version",
    exitCode.usage,
    `${listed}${language === "zh" ? "：" : ": "}${say(language, "notInThisVersion")}`,
  )
}
