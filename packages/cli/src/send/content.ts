import { resolve } from "node:path"
import { checkMessage } from "@wecom-push/protocol"
import type { AppMessage, Fault } from "@wecom-push/protocol"
import { OVERFLOW_PATHS } from "@wecom-push/sdk"
import type { CommandFault } from "../command-error.ts"
import type { Context } from "../context.ts"
import type { SendFlags } from "../flags.ts"
import { badTextFault, readStdin, readText } from "../read-text.ts"
import { say } from "../texts.ts"
import { toldFault } from "../told-fault.ts"
import { findJsonFault } from "./find-json-fault.ts"

export interface ContentRead {
  /** Absent when something is wrong. */
  readonly message: AppMessage | undefined
  readonly faults: readonly CommandFault[]
  /** Suggestions of WeCom's for display. */
  readonly warnings: readonly CommandFault[]
}

type ContentFlag = keyof typeof contentFlags

/** Flag, and the message type whose payload it gives. */
const contentFlags = {
  text: { flag: "--text", msgtype: "text" },
  markdown: { flag: "--markdown", msgtype: "markdown" },
  textcard: { flag: "--textcard", msgtype: "textcard" },
  news: { flag: "--news", msgtype: "news" },
  mpnews: { flag: "--mpnews", msgtype: "mpnews" },
  miniprogramNotice: { flag: "--miniprogram-notice", msgtype: "miniprogram_notice" },
  templateCard: { flag: "--template-card", msgtype: "template_card" },
} as const

const contentNames = [
  "text",
  "markdown",
  "textcard",
  "news",
  "mpnews",
  "miniprogramNotice",
  "templateCard",
] as const satisfies readonly ContentFlag[]

/** Reads what a message says, and tells everything wrong with it that WeCom need not be asked about. */
export async function readContent(flags: SendFlags, context: Context): Promise<ContentRead> {
  const { language } = context
  const given = contentNames.filter((name) => flags[name] !== undefined)
  const [only] = given
  if (given.length > 1) {
    const names = given.map((name) => contentFlags[name].flag).join(", ")
    return faulty({ path: "content", message: say(language, "severalContents", { flags: names }) })
  }
  const payload = only === undefined ? await textFromStdin(flags, context) : payloadOf(flags, only, context)
  return "faults" in payload ? faulty(...payload.faults) : checked(payload, flags, context)
}

interface Payload {
  readonly msgtype: string
  readonly payload: unknown
}

type PayloadRead = Payload | { readonly faults: readonly CommandFault[] }

/** A pipe is the text, unless it already gives the numbers. */
async function textFromStdin(flags: SendFlags, { io, language }: Context): Promise<PayloadRead> {
  const isTaken = flags.mobilesFrom?.includes("-") === true
  if (isTaken || io.stdin.isTTY === true) return { faults: [{ path: "content", message: say(language, "noContent") }] }
  const read = await readStdin(io.stdin, language)
  if ("fault" in read) return { faults: [{ path: "stdin", message: read.fault }] }
  // The line end that `echo` and editors add is no part of what was said.
  const text = read.text.replace(/\r?\n$/, "")
  if (text === "") return { faults: [{ path: "stdin", message: say(language, "emptyStdin") }] }
  const bad = badTextFault(text, say(language, "stdin"), language)
  if (bad !== undefined) return { faults: [{ path: "stdin", message: bad }] }
  return { msgtype: "text", payload: { content: text } }
}

function payloadOf(flags: SendFlags, name: ContentFlag, context: Context): PayloadRead {
  const { language } = context
  const { flag, msgtype } = contentFlags[name]
  const [value = "", ...more] = flags[name] ?? []
  if (more.length > 0) return { faults: [{ path: flag, message: say(language, "contentTwice") }] }
  if (msgtype !== "text" && msgtype !== "markdown") return payloadFromJson(flag, msgtype, value, context)
  const bad = badTextFault(value, flag, language)
  return bad === undefined ? { msgtype, payload: { content: value } } : { faults: [{ path: flag, message: bad }] }
}

function payloadFromJson(flag: string, msgtype: string, value: string, { io, language }: Context): PayloadRead {
  const fault = (message: string): PayloadRead => ({ faults: [{ path: flag, message }] })
  const file = value.startsWith("@") ? value.slice(1) : undefined
  const read = file === undefined ? { text: value } : readText(resolve(io.cwd, file), file, language)
  if ("fault" in read) return fault(read.fault)
  const syntax = findJsonFault(read.text)
  if (syntax !== undefined) return fault(say(language, syntax.isCutOff ? "jsonEnds" : "jsonSyntax", syntax))
  const json: unknown = JSON.parse(read.text)
  if (typeof json !== "object" || json === null || Array.isArray(json)) return fault(say(language, "jsonNotObject"))
  return { msgtype, payload: json }
}

function checked({ msgtype, payload }: Payload, flags: SendFlags, { language }: Context): ContentRead {
  const message: unknown = {
    msgtype,
    [msgtype]: payload,
    ...(flags.safe === true ? { safe: 1 } : {}),
    ...(flags.enableIdTrans === true ? { enable_id_trans: 1 } : {}),
  }
  const isOverflowAllowed = flags.overflow === "split" || flags.overflow === "truncate"
  const found = checkMessage(message).filter(
    ({ rule, path }) => !(isOverflowAllowed && rule === "too_long" && OVERFLOW_PATHS.has(path)),
  )
  const errors = found.filter(({ severity }) => severity === "error")
  return {
    message: hasNoErrors(message, errors) ? message : undefined,
    faults: errors.map((fault) => toldFault(fault, language)),
    warnings: found.filter(({ severity }) => severity === "warning").map((fault) => toldFault(fault, language)),
  }
}

/** The validator has looked at every field, so what it finds no error in has the shape of a message. */
function hasNoErrors(message: unknown, errors: readonly Fault[]): message is AppMessage {
  return message !== undefined && errors.length === 0
}

function faulty(...faults: readonly CommandFault[]): ContentRead {
  return { message: undefined, faults, warnings: [] }
}
