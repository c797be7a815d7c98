import { resolve } from "node:path"
import { checkUserid } from "@wecom-push/protocol"
import type { Audience } from "@wecom-push/sdk"
import type { CommandFault } from "../command-error.ts"
import type { Context } from "../context.ts"
import type { SendFlags } from "../flags.ts"
import { readStdin, readText } from "../read-text.ts"
import { say } from "../texts.ts"
import { findTable } from "./find-table.ts"
import { listLines } from "./list-lines.ts"

export interface RecipientsRead {
  readonly audience: Audience
  /** Chatids of group chats. */
  readonly chats: readonly string[]
  readonly faults: readonly CommandFault[]
}

/** Reads whom a message is for, and reports every fault of it that can be found without asking WeCom. */
export async function readRecipients(flags: SendFlags, context: Context): Promise<RecipientsRead> {
  const reader = new RecipientReader(context)
  const users = reader.userids(flags.user)
  const mobiles = [...reader.list("--mobile", flags.mobile), ...(await reader.mobilesFrom(flags.mobilesFrom))]
  const emails = reader.list("--email", flags.email)
  const departments = reader.ids("--department", flags.department)
  const tags = reader.ids("--tag", flags.tag)
  const chats = reader.list("--chat", flags.chat)
  const isAnyNamed = listFlags.some((name) => flags[name] !== undefined)
  if (flags.all === true) {
    if (isAnyNamed) reader.complain("--all", say(context.language, "allAndOthers"))
    return { audience: { all: true }, chats: [], faults: reader.faults }
  }
  if (!isAnyNamed) reader.complain("to", say(context.language, "noRecipient"))
  return { audience: { users, mobiles, emails, departments, tags }, chats, faults: reader.faults }
}

const listFlags = ["mobile", "email", "user", "department", "tag", "chat", "mobilesFrom"] as const

/** People take a message by another call, with other types. */
export function goesToChatsAlone(flags: SendFlags): boolean {
  return (
    flags.chat !== undefined &&
    flags.all === undefined &&
    listFlags.every((name) => name === "chat" || flags[name] === undefined)
  )
}

/** The largest id that fits WeCom's 32 bits. */
const maxId = 4_294_967_295

class RecipientReader {
  readonly faults: CommandFault[] = []
  readonly #context: Context

  constructor(context: Context) {
    this.#context = context
  }

  complain(path: string, message: string): void {
    this.faults.push({ path, message })
  }

  /** Splits at commas, those of a Chinese keyboard included. */
  list(flag: string, given: readonly string[] | undefined): string[] {
    return (given ?? []).flatMap((value) => {
      const items = value
        .split(/[,，、]/)
        .map((item) => item.trim())
        .filter((item) => item !== "")
      if (items.length === 0) this.complain(flag, say(this.#context.language, "emptyList"))
      return items
    })
  }

  userids(given: readonly string[] | undefined): string[] {
    const { language } = this.#context
    return this.list("--user", given).filter((value) => {
      const fault = checkUserid(value)
      if (fault === "everybody") this.complain("--user", say(language, "atAll"))
      else if (fault === "contains_bar") this.complain("--user", say(language, "barInUserid", { value }))
      else return true
      return false
    })
  }

  ids(flag: string, given: readonly string[] | undefined): number[] {
    return this.list(flag, given).flatMap((value) => {
      const id = /^\d{1,10}$/.test(value) ? Number(value) : 0
      if (id >= 1 && id <= maxId) return [id]
      this.complain(flag, say(this.#context.language, "notAnId", { value }))
      return []
    })
  }

  async mobilesFrom(files: readonly string[] | undefined): Promise<string[]> {
    const { io, language } = this.#context
    const mobiles: string[] = []
    if (files !== undefined && files.filter((file) => file === "-").length > 1) {
      this.complain("--mobiles-from", say(language, "stdinTwice"))
      return []
    }
    for (const file of files ?? []) {
      const read = file === "-" ? await readStdin(io.stdin, language) : readText(resolve(io.cwd, file), file, language)
      if ("fault" in read) {
        this.complain("--mobiles-from", read.fault)
        continue
      }
      const lines = listLines(read.text)
      if (lines.length === 0) {
        const none = file === "-" ? say(language, "noNumbersOnStdin") : say(language, "noNumbersIn", { file })
        this.complain("--mobiles-from", none)
      }
      const table = findTable(lines)
      if (table !== undefined) {
        const { line, command } = table
        const how = command === undefined ? "" : say(language, "orCommand", { command })
        this.complain("--mobiles-from", say(language, "looksLikeTable", { file, line, how }))
        continue
      }
      // Not push(...lines): a million arguments overflow the stack.
      for (const line of lines) mobiles.push(line)
    }
    return mobiles
  }
}
