import { resolve } from "node:path"
import type { Language } from "@wecom-push/protocol"
import type { CommandFault } from "../command-error.ts"
import { readSettings } from "../config/read-settings.ts"
import type { Context, Outcome } from "../context.ts"
import { exitCode } from "../exit-code.ts"
import type { GatewayFlags } from "../flags.ts"
import { readStdin, readText } from "../read-text.ts"
import { requireAccess } from "./access.ts"
import { clientFor } from "./client-for.ts"
import { GatewayClient } from "./client.ts"
import type { Fields } from "./fields.ts"
import { localTime } from "./local-time.ts"
import { readSecret } from "./read-secret.ts"
import { splitList } from "./split-list.ts"
import { say } from "./texts.ts"

interface Source {
  readonly id: string
  readonly name: string
  readonly adapter: string
  readonly app: string
  readonly to: Readonly<Record<string, unknown>>
  readonly priority: string
  readonly isSigned: boolean
  readonly prefix: string
  readonly oldTokenUntil: string | null
  readonly createdAt: string
  readonly lastUsedAt: string | null
  readonly url: string
  /** As it came. */
  readonly raw: Readonly<Record<string, unknown>>
}

export async function listSources(flags: GatewayFlags, context: Context): Outcome {
  const { language, output } = context
  using client = new GatewayClient(await requireAccess(flags, context), context)
  const sources = await client.ask({ path: "/v1/sources" }, (fields) => fields.list("items", readSource))
  if (output.json) {
    output.data(JSON.stringify({ ok: true, sources: sources.map(({ raw }) => raw), error: null }))
    return exitCode.ok
  }
  if (sources.length === 0) output.note(say(language, "noSources"))
  for (const source of sources) {
    output.data(output.paintData("bold", `${source.id}  ${source.prefix}…  ${source.name}`))
    output.data(output.paintData("dim", `  ${aboutSource(source, language)}`))
  }
  return exitCode.ok
}

interface CreateSourceFlags extends GatewayFlags {
  readonly name?: string
  readonly adapter?: string
  readonly app?: string
  readonly mobile?: readonly string[]
  readonly email?: readonly string[]
  readonly user?: readonly string[]
  readonly department?: readonly string[]
  readonly tag?: readonly string[]
  readonly all?: true
  readonly priority?: string
  readonly signingSecretFile?: string
  readonly templateFile?: string
}

/** Which adapters there are is the gateway's to say. Only the token itself is on stdout, so that a script can take it. */
export async function createSource(flags: CreateSourceFlags, context: Context): Outcome {
  const { language, output } = context
  const { adapter = "", app = "", name = adapter, priority, signingSecretFile, templateFile } = flags
  const faults: CommandFault[] = []
  if (adapter === "") faults.push({ path: "--adapter", message: say(language, "sourceNoAdapter") })
  if (app === "") faults.push({ path: "--app", message: say(language, "sourceNoApp") })
  const to = readAudience(flags, faults, language)
  const secret = readSecret("--signing-secret-file", signingSecretFile, faults, context)
  const template = readTemplate(templateFile, faults, context)
  const handedOver = secret === undefined ? [] : [{ name: "--signing-secret-file", source: "flag" as const }]
  using client = await clientFor(await readSettings(flags, context), faults, context, handedOver)
  const body = {
    name,
    adapter,
    app,
    to,
    ...(priority === undefined ? {} : { priority }),
    ...(template === undefined ? {} : { template }),
    ...(secret === undefined ? {} : { signing_secret: secret }),
  }
  const made = await client.ask({ method: "POST", path: "/v1/sources", body }, readIssued)
  if (output.json) output.data(JSON.stringify({ ok: true, ...made.raw, error: null }))
  else {
    output.note(say(language, "sourceMade", { id: made.id, name: made.name, url: made.url }))
    output.data(made.token)
  }
  return exitCode.ok
}

interface PreviewFlags extends GatewayFlags {
  readonly templateFile?: string
}

/** @param file what the other program would send; `-` for standard input */
export async function previewTemplate(file: string, flags: PreviewFlags, context: Context): Outcome {
  const { language, output, io } = context
  const faults: CommandFault[] = []
  if (flags.templateFile === undefined) faults.push({ path: "--template-file", message: say(language, "noTemplate") })
  const template = readTemplate(flags.templateFile, faults, context)
  const read = file === "-" ? await readStdin(io.stdin, language) : readText(resolve(io.cwd, file), file, language)
  if ("fault" in read) faults.push({ path: "file", message: read.fault })
  const body = "text" in read ? jsonIn(read.text) : undefined
  if ("text" in read && body === undefined)
    faults.push({ path: "file", message: say(language, "notJsonFile", { file }) })
  using client = new GatewayClient(await requireAccess(flags, context, faults), context)
  const question = { method: "POST", path: "/v1/sources/preview", body: { template, body: body?.value } } as const
  const preview = await client.ask({ ...question, headers: { "accept-language": language } }, (fields) => ({
    message: fields.objectOrNull("message")?.raw,
    warnings: fields.texts("warnings"),
    raw: fields.raw,
  }))
  if (output.json) {
    output.data(JSON.stringify({ ok: true, ...preview.raw, error: null }))
    return exitCode.ok
  }
  for (const warning of preview.warnings) output.warn(warning)
  if (preview.message === undefined) output.note(say(language, "sendsNothing"))
  else output.data(JSON.stringify(preview.message, undefined, 2))
  return exitCode.ok
}

/** JSON of a content, or else Liquid of a text. */
function readTemplate(file: string | undefined, faults: CommandFault[], { io, language }: Context): unknown {
  if (file === undefined) return undefined
  const read = readText(resolve(io.cwd, file), file, language)
  if ("fault" in read) {
    faults.push({ path: "--template-file", message: read.fault })
    return undefined
  }
  const value = jsonIn(read.text)?.value
  return typeof value === "object" && value !== null ? value : read.text.replace(/\n$/, "")
}

function jsonIn(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

interface RotateSourceFlags extends GatewayFlags {
  readonly oldToken?: string
}

export async function rotateSource(id: string, flags: RotateSourceFlags, context: Context): Outcome {
  const { language, output } = context
  const { oldToken } = flags
  const faults: CommandFault[] = []
  if (oldToken !== undefined && !/^\d{1,6}$/.test(oldToken)) {
    faults.push({ path: "--old-token", message: say(language, "notOldToken", { value: oldToken }) })
  }
  using client = new GatewayClient(await requireAccess(flags, context, faults), context)
  const body = oldToken === undefined ? {} : { old_token_s: Number(oldToken) }
  const made = await client.ask({ method: "POST", path: `${pathOf(id)}/rotate`, body }, readIssued)
  if (output.json) output.data(JSON.stringify({ ok: true, ...made.raw, error: null }))
  else {
    output.note(say(language, "sourceRotated", { id }))
    output.data(made.token)
  }
  return exitCode.ok
}

export async function revokeSource(id: string, flags: GatewayFlags, context: Context): Outcome {
  const { language, output } = context
  using client = new GatewayClient(await requireAccess(flags, context), context)
  await client.tell({ method: "DELETE", path: pathOf(id) })
  if (output.json) output.data(JSON.stringify({ ok: true, id, error: null }))
  else output.note(say(language, "sourceRevoked"))
  return exitCode.ok
}

function pathOf(id: string): string {
  return `/v1/sources/${encodeURIComponent(id)}`
}

/** As `to` of a message has it. */
function readAudience(
  { mobile = [], email = [], user = [], department = [], tag = [], all }: CreateSourceFlags,
  faults: CommandFault[],
  language: Language,
): Readonly<Record<string, unknown>> {
  const ids = (flag: string, values: readonly string[]): readonly number[] =>
    splitList(values).map((value) => {
      if (!/^[1-9]\d{0,9}$/.test(value)) faults.push({ path: flag, message: say(language, "notWholeId", { value }) })
      return Number(value)
    })
  const lists = {
    mobiles: splitList(mobile),
    emails: splitList(email),
    users: splitList(user),
    departments: ids("--department", department),
    tags: ids("--tag", tag),
  }
  const named = Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0))
  return all === true ? { ...named, all } : named
}

interface Issued extends Source {
  readonly token: string
}

function readIssued(fields: Fields): Issued {
  return { ...readSource(fields), token: fields.text("token") }
}

function readSource(fields: Fields): Source {
  return {
    id: fields.text("id"),
    name: fields.text("name"),
    adapter: fields.text("adapter"),
    app: fields.text("app"),
    to: fields.object("to").raw,
    priority: fields.text("priority"),
    isSigned: fields.flag("is_signed"),
    prefix: fields.text("prefix"),
    oldTokenUntil: fields.textOrNull("old_token_until"),
    createdAt: fields.text("created_at"),
    lastUsedAt: fields.textOrNull("last_used_at"),
    url: fields.text("url"),
    raw: fields.raw,
  }
}

function aboutSource(source: Source, language: Language): string {
  const { adapter, app, to, priority, isSigned, oldTokenUntil, createdAt, lastUsedAt } = source
  const lists = Object.entries(to).map(([list, values]) => `${list}=${String(values)}`)
  return [
    adapter,
    app,
    lists.length === 0 ? say(language, "toOwnGroup") : lists.join(" "),
    ...(priority === "normal" ? [] : [priority]),
    ...(isSigned ? [say(language, "isSigned")] : []),
    say(language, "createdAt", { time: localTime(createdAt) }),
    lastUsedAt === null ? say(language, "neverUsed") : say(language, "lastUsedAt", { time: localTime(lastUsedAt) }),
    ...(oldTokenUntil === null ? [] : [say(language, "oldTokenUntil", { time: localTime(oldTokenUntil) })]),
  ].join(" · ")
}
