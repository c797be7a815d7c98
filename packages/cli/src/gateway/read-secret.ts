import { resolve } from "node:path"
import type { CommandFault } from "../command-error.ts"
import type { Context } from "../context.ts"
import { readText } from "../read-text.ts"
import { say as sayCommon } from "../texts.ts"

/** @returns what the file of a flag holds, without the end of its line; undefined where there is none, or a fault */
export function readSecret(
  flag: string,
  file: string | undefined,
  faults: CommandFault[],
  { io, language }: Context,
): string | undefined {
  if (file === undefined) return undefined
  const read = readText(resolve(io.cwd, file), file, language)
  const secret = "text" in read ? read.text.trim() : ""
  if ("fault" in read) faults.push({ path: flag, message: read.fault })
  else if (secret === "") faults.push({ path: flag, message: sayCommon(language, "secretFileEmpty", { file }) })
  return secret
}
