import { closeSync, openSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { RecipientOutcome } from "@wecom-push/sdk"
import type { Context } from "../context.ts"
import { makeFolder } from "../make-folder.ts"
import { folderTrouble } from "../own-folder.ts"
import { codeOf } from "../read-text.ts"
import { spareFolder, stateFolder } from "../state-folder.ts"
import { say } from "../texts.ts"
import { isFinal } from "./journal-format.ts"

/** Certainly not sent to, and another try may succeed. */
export function isWorthRepeating(recipient: RecipientOutcome): boolean {
  return recipient.state === "failed" && !isFinal(recipient)
}

/**
 * Writes those who may be tried again to a file that `--mobiles-from` takes.
 * @returns its path; undefined when there is no such recipient, or when it could not be written, which is reported
 */
export function writeNotSent(recipients: readonly RecipientOutcome[], context: Context): string | undefined {
  const { io, language, output } = context
  const again = recipients.filter(isWorthRepeating)
  if (again.length === 0) return undefined
  const content = linesOf(recipients, again, context).join("\n")
  let why = ""
  for (const folder of [stateFolder(io.env), spareFolder()]) {
    try {
      makeFolder(folder)
      const trouble = folderTrouble(folder)
      if (trouble !== undefined) {
        why ||= say(language, trouble, { folder, variable: "XDG_STATE_HOME" })
        continue
      }
      return writeNew(folder, `${content}\n`, io.clock?.now() ?? Date.now())
    } catch (error) {
      why ||= codeOf(error) ?? String(error)
    }
  }
  output.complain(say(language, "notSentUnwritable", { count: again.length, what: why }))
  return undefined
}

function linesOf(
  recipients: readonly RecipientOutcome[],
  again: readonly RecipientOutcome[],
  { language }: Context,
): string[] {
  const mobiles = again.filter(({ type }) => type === "mobile").map(({ address }) => onOneLine(address))
  const others = again.filter(({ type }) => type !== "mobile").map(flagOf)
  const inDoubt = recipients.filter(({ state }) => state === "in_doubt").map(({ address }) => onOneLine(address))
  return [
    `# ${say(language, "notSentHead")}`,
    ...new Set(mobiles),
    ...comments(say(language, "notSentOthers"), others),
    ...comments(say(language, "notSentInDoubt"), inDoubt),
  ]
}

function comments(head: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`# ${head}`, ...[...new Set(lines)].map((line) => `#   ${line}`)]
}

/** The file takes mobiles; everybody else is named by a flag again. */
function flagOf({ type, address }: RecipientOutcome): string {
  return type === "all" ? "--all" : `--${type} ${onOneLine(address)}`
}

/** No number holds a line end, or a sign that begins a comment. */
function onOneLine(address: string): string {
  return address.replaceAll(/[\r\n#]/g, " ")
}

function writeNew(folder: string, content: string, nowMs: number): string {
  const time = new Date(nowMs)
    .toISOString()
    .replaceAll(/[-:]|\..*/g, "")
    .replace("T", "-")
  for (let number = 1; ; number++) {
    const path = join(folder, `not-sent-${time}${number === 1 ? "" : `-${number}`}.txt`)
    const fd = openNew(path)
    if (fd === undefined) continue
    try {
      writeFileSync(fd, content)
      return path
    } catch (error) {
      // Half a list looks like a whole one.
      rmSync(path, { force: true })
      throw error
    } finally {
      closeSync(fd)
    }
  }
}

/** Never another's file. */
function openNew(path: string): number | undefined {
  try {
    return openSync(path, "wx", 0o600)
  } catch (error) {
    if (codeOf(error) === "EEXIST") return undefined
    throw error
  }
}
