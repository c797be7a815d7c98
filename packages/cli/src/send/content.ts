import { statSync } from "node:fs"
import { basename, resolve } from "node:path"
import { checkChatMessage, checkSafeFile, mapMediaIds, MEDIA_TYPES } from "@wecom-push/protocol"
import type { AppMessage, Fault, Language, MediaType } from "@wecom-push/protocol"
import { checkContent, checkMediaSource, checkRobotContent } from "@wecom-push/sdk/internals"
import type { Tolerance } from "@wecom-push/sdk/internals"
import type { SendableMessage } from "@wecom-push/sdk"
import type { CommandFault } from "../command-error.ts"
import type { Context } from "../context.ts"
import type { SendFlags } from "../flags.ts"
import { badTextFault, readStdin, readText } from "../read-text.ts"
import { say } from "../texts.ts"
import { toldFault } from "../told-fault.ts"
import { contentFlagEntries, contentFlags, isContentFlag, isRefusedBy } from "./content-flags.ts"
import type { ContentFlag, ContentFlagEntry, GroupWay } from "./content-flags.ts"
import { findJsonFault } from "./find-json-fault.ts"
import { overflowNamed } from "./overflow.ts"
import { goesToChatsAlone } from "./recipients.ts"
import { readPasted } from "./pasted-sample.ts"

export interface ContentRead {
  /** Absent when something is wrong. Where a file is to be sent, its path takes the place of the id. */
  readonly message: AppMessage | undefined
  /** The same, with the file itself. */
  readonly sendable: SendableMessage | undefined
  /** The file, where one is to be sent. */
  readonly file: ContentFile | undefined
  /** The flag that chose the type; undefined for a text from standard input. */
  readonly flag: string | undefined
  readonly faults: readonly CommandFault[]
  /** Warnings, which do not stop the send. */
  readonly warnings: readonly CommandFault[]
}

/** A file named on the command line. */
export interface ContentFile {
  readonly type: MediaType
  readonly source: { readonly path: string; readonly filename: string }
  /** As in `--file`. */
  readonly flag: string
}

/**
 * Reads the content of a message, and reports every fault of it that can be found without asking WeCom.
 * @param isThrough whether a gateway sends it
 */
export async function readContent(flags: SendFlags, context: Context, isThrough = false): Promise<ContentRead> {
  const { language } = context
  const given = Object.keys(contentFlags)
    .filter(isContentFlag)
    .filter((name) => flags[name] !== undefined)
  const [only] = given
  if (given.length > 1) {
    const names = given.map((name) => contentFlags[name].flag).join(", ")
    return faulty({ path: "content", message: say(language, "severalContents", { flags: names }) })
  }
  const way = groupWayOf(flags, contentFlags[only ?? "text"], isThrough)
  const flag = only === undefined ? undefined : contentFlags[only].flag
  if (only !== undefined && way !== undefined && isRefusedBy(way, contentFlags[only])) {
    return faulty({ path: contentFlags[only].flag, message: notTakenBy(way, language) })
  }
  const payload = only === undefined ? await textFromStdin(flags, context) : await payloadOf(flags, only, context)
  return "faults" in payload ? faulty(...payload.faults) : { ...checked(payload, flags, way, context), flag }
}

/** The group whose rules hold; undefined for those of apps. */
function groupWayOf(flags: SendFlags, content: ContentFlagEntry, isThrough: boolean): GroupWay | undefined {
  if (flags.robot !== undefined) return "robot"
  if (!goesToChatsAlone(flags)) return undefined
  // The gateway's app may be a smart robot, whose groups take other types: then the gateway checks the type.
  return isThrough && isRefusedBy("chat", content) ? undefined : "chat"
}

function notTakenBy(way: GroupWay, language: Language): string {
  const taken = contentFlagEntries.filter((entry) => !isRefusedBy(way, entry)).map(({ flag }) => flag)
  return say(language, way === "robot" ? "robotsTake" : "chatsTake", {
    flags: taken.join(language === "zh" ? "、" : ", "),
  })
}

interface Payload {
  readonly msgtype: string
  readonly payload: unknown
  /** Further fields of the message. */
  readonly beside?: Readonly<Record<string, unknown>>
  /** Faults of the fields beside the payload. */
  readonly found?: readonly Fault[]
  /** To be uploaded. */
  readonly file?: ContentFile
}

type PayloadRead = Payload | { readonly faults: readonly CommandFault[] }

/** A pipe is the text, unless it already gives the numbers. */
async function textFromStdin(flags: SendFlags, { io, language }: Context): Promise<PayloadRead> {
  const isTaken = flags.mobilesFrom?.includes("-") === true
  if (isTaken || io.stdin.isTTY === true) return { faults: [{ path: "content", message: say(language, "noContent") }] }
  const read = await readStdin(io.stdin, language)
  if ("fault" in read) return { faults: [{ path: "stdin", message: read.fault }] }
  // The line end that `echo` and editors add is no part of the text.
  const text = read.text.replace(/\r?\n$/, "")
  if (text === "") return { faults: [{ path: "stdin", message: say(language, "emptyStdin") }] }
  const bad = badTextFault(text, say(language, "stdin"), language)
  if (bad !== undefined) return { faults: [{ path: "stdin", message: bad }] }
  return { msgtype: "text", payload: { content: text } }
}

async function payloadOf(flags: SendFlags, name: ContentFlag, context: Context): Promise<PayloadRead> {
  const { language } = context
  const { flag, msgtype, takes } = contentFlags[name]
  const [value = "", ...more] = flags[name] ?? []
  if (more.length > 0) return { faults: [{ path: flag, message: say(language, "contentTwice") }] }
  if (isMediaType(msgtype)) return payloadFromFile(flag, msgtype, value, context, flags.robot !== undefined)
  if (takes === "json") return payloadFromJson(flag, msgtype, value, context)
  const bad = badTextFault(value, flag, language)
  return bad === undefined ? { msgtype, payload: { content: value } } : { faults: [{ path: flag, message: bad }] }
}

function isMediaType(msgtype: string): msgtype is MediaType {
  return MEDIA_TYPES.some((type) => type === msgtype)
}

async function payloadFromFile(
  flag: string,
  type: MediaType,
  value: string,
  { io, language }: Context,
  isForRobot: boolean,
): Promise<PayloadRead> {
  const path = resolve(io.cwd, value)
  const source = { path, filename: basename(value) }
  // A pipe can be read once, so it is checked when it is sent.
  const found = isPipe(path)
    ? []
    : await checkMediaSource(isForRobot && type === "image" ? "inline_image" : type, source, flag)
  if (found.length > 0) return { faults: found.map((fault) => toldFault({ ...fault, file: value }, language)) }
  return { msgtype: type, payload: { media_id: value }, file: { type, source, flag } }
}

/** It can be read once. */
export function isPipe(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false })
  return stats !== undefined && !stats.isFile() && !stats.isDirectory()
}

/** Out of the value of a flag, or of the file that it names. */
export function payloadFromJson(flag: string, msgtype: string, value: string, { io, language }: Context): PayloadRead {
  const fault = (message: string): PayloadRead => ({ faults: [{ path: flag, message }] })
  const file = value.startsWith("@") ? value.slice(1) : undefined
  const read = file === undefined ? { text: value } : readText(resolve(io.cwd, file), file, language)
  if ("fault" in read) return fault(read.fault)
  const syntax = findJsonFault(read.text)
  if (
    file === undefined &&
    syntax !== undefined &&
    statSync(resolve(io.cwd, value), { throwIfNoEntry: false })?.isFile()
  ) {
    return fault(say(language, "jsonIsFile", { value }))
  }
  if (syntax !== undefined) return fault(say(language, syntax.isCutOff ? "jsonEnds" : "jsonSyntax", syntax))
  const json: unknown = JSON.parse(read.text)
  if (typeof json !== "object" || json === null || Array.isArray(json)) return fault(say(language, "jsonNotObject"))
  const { payload, beside, faults } = readPasted({ ...json }, msgtype)
  return { msgtype, payload, beside, found: faults }
}

function checked(
  { msgtype, payload, beside = {}, found: faultsBeside = [], file }: Payload,
  flags: SendFlags,
  way: GroupWay | undefined,
  { language }: Context,
): Omit<ContentRead, "flag"> {
  const message: unknown = {
    msgtype,
    ...beside,
    [msgtype]: payload,
    ...(flags.safe === true ? { safe: 1 } : {}),
    ...(flags.enableIdTrans === true ? { enable_id_trans: 1 } : {}),
  }
  const { strict = true } = flags
  const found = faultsBeside.concat(
    faultsIn(message, way, { strict, overflow: overflowNamed(flags.overflow) }, file),
    safeFaults(flags, file),
  )
  const errors = found.filter(({ severity }) => severity === "error")
  const good = hasNoErrors(message, errors) ? message : undefined
  return {
    message: good,
    sendable: good && file !== undefined ? mapMediaIds<SendableMessage>(good, () => file.source) : good,
    file,
    faults: errors.map((fault) => toldFault(fault, language)),
    warnings: found.filter(({ severity }) => severity === "warning").map((fault) => toldFault(fault, language)),
  }
}

/** By the rules of what it goes out by. A picture of a robot travels in its message, and has been looked at. */
function faultsIn(
  message: unknown,
  way: GroupWay | undefined,
  tolerance: Tolerance,
  file: ContentFile | undefined,
): Fault[] {
  if (way === "chat") return checkContent(message, tolerance, checkChatMessage)
  if (way === undefined) return checkContent(message, tolerance)
  return file?.type === "image" ? [] : checkRobotContent(message, tolerance)
}

/** Before a gateway gets a file that it would refuse. */
function safeFaults({ safe }: SendFlags, file: ContentFile | undefined): readonly Fault[] {
  if (safe !== true || file?.type !== "file") return []
  const { filename } = file.source
  const fault = checkSafeFile(filename, { path: file.flag, file: filename })
  return fault === undefined ? [] : [fault]
}

/** The validator has checked every field, so a value without errors has the shape of a message. */
function hasNoErrors(message: unknown, errors: readonly Fault[]): message is AppMessage {
  return message !== undefined && errors.length === 0
}

function faulty(...faults: readonly CommandFault[]): ContentRead {
  return { message: undefined, sendable: undefined, file: undefined, flag: undefined, faults, warnings: [] }
}
