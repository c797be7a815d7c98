import { randomUUID } from "node:crypto"
import { chmodSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { parseEnv } from "node:util"
import { CommandError } from "../command-error.ts"
import type { Context } from "../context.ts"
import { exitCode } from "../exit-code.ts"
import { codeOf } from "../read-text.ts"
import { say } from "./texts.ts"

export type EnvValues = Readonly<Record<string, string>>

const NAME = ".env"
const MODE = 0o600

/**
 * Puts these into `.env` of the working folder, readable by its owner alone; all other lines stay as they are. The file is
 * there as before or as after, whatever happens.
 * @throws {CommandError} where it cannot be written, or where other lines would be read in another way after it
 */
export function writeEnvFile(values: EnvValues, { io, language }: Context): void {
  // A link leads elsewhere, where another program keeps it.
  const path = leadsTo(join(io.cwd, NAME))
  const temporary = `${path}.${randomUUID()}`
  try {
    const before = readFile(path)
    const after = withValues(before, values)
    const isRead = sameValues(parseEnv(after), { ...parseEnv(before), ...values })
    if (!isRead) throw new CommandError("configuration", exitCode.usage, say(language, "envNotEditable"))
    writeFileSync(temporary, after, { mode: MODE, flag: "wx", flush: true })
    // The process's mask may have taken bits away, and never adds any.
    chmodSync(temporary, MODE)
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    if (error instanceof CommandError) throw error
    const what = codeOf(error) ?? String(error)
    throw new CommandError("configuration", exitCode.usage, say(language, "envNotWritten", { path, what }), {
      hint: say(language, what === "ENOSPC" || what === "EDQUOT" ? "diskFullHint" : "envNotWrittenHint"),
    })
  }
}

function leadsTo(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    // Not there yet; what else is wrong with it shows when it is written.
    return path
  }
}

function readFile(path: string): string {
  try {
    return readFileSync(path, "utf8")
  } catch (error) {
    if (codeOf(error) === "ENOENT") return ""
    throw error
  }
}

function withValues(before: string, values: EnvValues): string {
  let text = before
  for (const [name, value] of Object.entries(values)) {
    const line = `${name}=${quoted(value)}`
    const pattern = new RegExp(`^[ \\t]*(?:export[ \\t]+)?${name}[ \\t]*=.*$`, "gm")
    // The last one is what a reader takes.
    const last = [...text.matchAll(pattern)].at(-1)
    if (last !== undefined) text = text.slice(0, last.index) + line + text.slice(last.index + last[0].length)
    else text = `${text}${text === "" || text.endsWith("\n") ? "" : "\n"}${line}\n`
  }
  return text
}

function quoted(value: string): string {
  if (/^[\w./:@%+=,&?~-]+$/.test(value)) return value
  // Between these nothing has a meaning of its own.
  return value.includes("'") ? `"${value}"` : `'${value}'`
}

function sameValues(one: NodeJS.Dict<string>, other: NodeJS.Dict<string>): boolean {
  const names = new Set([...Object.keys(one), ...Object.keys(other)])
  return [...names].every((name) => one[name] === other[name])
}
