import type { Language } from "@wecom-push/protocol"
import type { CommandError } from "../command-error.ts"
import type { CommandFault } from "../command-error.ts"
import { configurationError } from "../config/configuration.ts"
import { canConfirm, confirm } from "../confirm.ts"
import type { Context, Outcome } from "../context.ts"
import { exitCode } from "../exit-code.ts"
import type { GatewayFlags } from "../flags.ts"
import { sourceWord } from "../source-word.ts"
import { say as sayCommon } from "../texts.ts"
import { requireAccess } from "./access.ts"
import type { GatewayAccess } from "./access.ts"
import { GatewayClient } from "./client.ts"
import type { Fields } from "./fields.ts"
import { localTime } from "./local-time.ts"
import { splitList } from "./split-list.ts"
import { say } from "./texts.ts"

interface Key {
  readonly id: string
  readonly name: string
  readonly prefix: string
  readonly scopes: readonly string[]
  /** Undefined: all apps. */
  readonly apps: readonly string[] | undefined
  readonly audienceCap: number | null
  readonly createdAt: string
  readonly revokedAt: string | null
  readonly lastUsedAt: string | null
  /** The fields of the answer, unchanged. */
  readonly raw: Readonly<Record<string, unknown>>
}

export async function listKeys(flags: GatewayFlags, context: Context): Outcome {
  const { language, output } = context
  using client = new GatewayClient(await requireAccess(flags, context), context)
  const keys = await client.ask({ path: "/v1/keys" }, (fields) => fields.list("items", readKey))
  if (output.json) {
    output.data(JSON.stringify({ ok: true, keys: keys.map(({ raw }) => raw), error: null }))
    return exitCode.ok
  }
  if (keys.length === 0) output.note(say(language, "noKeys"))
  for (const key of keys) {
    const { id, name, prefix, revokedAt } = key
    const line = `${id}  ${prefix}…  ${name}`
    output.data(revokedAt === null ? output.paintData("bold", line) : output.paintData("dim", line))
    output.data(output.paintData("dim", `  ${aboutKey(key, language)}`))
  }
  return exitCode.ok
}

const scopes = ["send", "send_all", "read", "contacts", "media", "admin"] as const
const overflows = ["reject", "split", "truncate"] as const

interface CreateKeyFlags extends GatewayFlags {
  readonly name?: string
  readonly scope?: readonly string[]
  readonly app?: readonly string[]
  readonly audienceCap?: string
  readonly overflow?: string
  readonly forward?: readonly string[]
  readonly admin?: true
  readonly database?: string
}

/** Makes a key for a program, or an admin key. Only the key itself is on stdout, so that a script can read it. */
export async function createKey(flags: CreateKeyFlags, context: Context): Outcome {
  if (flags.admin === true) return createAdminKey(flags, context)
  const { language } = context
  const { name = "", overflow, audienceCap } = flags
  const wanted = splitList(flags.scope ?? ["send", "read"])
  const apps = splitList(flags.app ?? [])
  const forward = splitList(flags.forward ?? [])
  const faults: CommandFault[] = []
  if (name.trim() === "") faults.push({ path: "--name", message: say(language, "keyNameMissing") })
  for (const value of wanted) {
    if (scopes.some((scope) => scope === value)) continue
    const message = sayCommon(language, "notOneOf", { value, allowed: scopes.join(", ") })
    faults.push({ path: "--scope", message })
  }
  if (wanted.length === 0) faults.push({ path: "--scope", message: sayCommon(language, "emptyList") })
  if (flags.app !== undefined && apps.length === 0) {
    faults.push({ path: "--app", message: sayCommon(language, "emptyList") })
  }
  if (audienceCap !== undefined && !/^[1-9]\d{0,6}$/.test(audienceCap)) {
    faults.push({ path: "--audience-cap", message: say(language, "notCap", { value: audienceCap }) })
  }
  if (overflow !== undefined && !overflows.some((one) => one === overflow)) {
    const message = sayCommon(language, "notOneOf", { value: overflow, allowed: overflows.join(", ") })
    faults.push({ path: "--overflow", message })
  }
  if (flags.database !== undefined) faults.push({ path: "--database", message: say(language, "onlyWithAdmin") })
  using client = new GatewayClient(await requireAccess(flags, context, faults), context)
  const body = {
    name: name.trim(),
    scopes: [...new Set(wanted)],
    apps: apps.length === 0 ? "all" : apps,
    ...(audienceCap === undefined ? {} : { audience_cap: Number(audienceCap) }),
    ...(overflow === undefined ? {} : { overflow }),
    ...(forward.length === 0 ? {} : { forward }),
  }
  const made = await client.ask({ method: "POST", path: "/v1/keys", body }, readMade)
  tellMade(made, context)
  return exitCode.ok
}

/** Makes it on the gateway's own machine. @throws {CommandError} for flags that only a program's key has */
async function createAdminKey(flags: CreateKeyFlags, context: Context): Outcome {
  const { language } = context
  const { name, scope, app, audienceCap, overflow, gateway, key } = flags
  const ofPrograms = {
    "--name": name,
    "--scope": scope,
    "--app": app,
    "--audience-cap": audienceCap,
    "--overflow": overflow,
    "--forward": flags.forward,
  }
  const given = (flags: Readonly<Record<string, unknown>>, why: "notWithAdmin" | "adminIsLocal"): CommandFault[] =>
    Object.keys(flags)
      .filter((flag) => flags[flag] !== undefined)
      .map((flag) => ({ path: flag, message: say(language, why) }))
  const faults = [
    ...given(ofPrograms, "notWithAdmin"),
    ...given({ "--gateway": gateway, "--key": key }, "adminIsLocal"),
  ]
  if (faults.length > 0) throw usageError(faults, language)
  const { newAdminKey } = await import("../serve/new-admin-key.ts")
  return newAdminKey(flags, context)
}

export async function rotateKey(id: string, flags: GatewayFlags, context: Context): Outcome {
  const { language, output } = context
  using client = new GatewayClient(await requireAccess(flags, context), context)
  const path = `/v1/keys/${encodeURIComponent(id)}/rotate`
  const made = await client.ask({ method: "POST", path, body: {} }, readMade)
  tellMade(made, context)
  if (!output.json) output.note(say(language, "rotated", { id }))
  return exitCode.ok
}

interface RevokeKeyFlags extends GatewayFlags {
  readonly yes?: true
}

export async function revokeKey(id: string, flags: RevokeKeyFlags, context: Context): Outcome {
  const { language, output } = context
  const access = await requireAccess(flags, context)
  using client = new GatewayClient(access, context)
  if (flags.yes !== true && (await isInUse(id, access, client))) await confirmRevoking(id, access, context)
  await client.tell({ method: "DELETE", path: `/v1/keys/${encodeURIComponent(id)}` })
  if (output.json) output.data(JSON.stringify({ ok: true, id, error: null }))
  else output.note(say(language, "revoked"))
  return exitCode.ok
}

/**
 * Whether this command uses the key itself. The gateway shows only a key's first characters, so the answer may be yes
 * for another key; then the user is asked once too often.
 */
async function isInUse(id: string, { key }: GatewayAccess, client: GatewayClient): Promise<boolean> {
  const keys = await client.ask({ path: "/v1/keys" }, (fields) => fields.list("items", readKey))
  return keys.some((one) => one.id === id && key.startsWith(one.prefix))
}

/** @throws {CommandError} when there is no terminal to ask at, or the answer is no */
async function confirmRevoking(id: string, { keyFrom }: GatewayAccess, context: Context): Promise<void> {
  const { language, output } = context
  const values = { name: keyFrom.name, where: sourceWord(keyFrom.source, language) }
  if (!canConfirm(context)) {
    throw usageError([{ path: "--yes", message: say(language, "revokesItselfNeedsYes", values) }], language)
  }
  output.warn(say(language, "revokesItself", values))
  await confirm(say(language, "askRevoke", { id }), say(language, "notRevoked"), context)
}

function usageError(faults: readonly CommandFault[], language: Language): CommandError {
  return configurationError({ faults: [], isBlank: false }, faults, language)
}

interface Made extends Key {
  readonly key: string
}

function tellMade({ id, name, key, raw }: Made, { language, output }: Context): void {
  if (output.json) {
    output.data(JSON.stringify({ ok: true, ...raw, error: null }))
    return
  }
  output.note(say(language, "keyMade", { id, name }))
  output.data(key)
}

function readMade(fields: Fields): Made {
  return { ...readKey(fields), key: fields.text("key") }
}

function readKey(fields: Fields): Key {
  return {
    id: fields.text("id"),
    name: fields.text("name"),
    prefix: fields.text("prefix"),
    scopes: fields.texts("scopes"),
    apps: fields.raw["apps"] === "all" ? undefined : fields.texts("apps"),
    audienceCap: fields.numberOrNull("audience_cap"),
    createdAt: fields.text("created_at"),
    revokedAt: fields.textOrNull("revoked_at"),
    lastUsedAt: fields.textOrNull("last_used_at"),
    raw: fields.raw,
  }
}

function aboutKey(key: Key, language: Language): string {
  const { scopes, apps, audienceCap, createdAt, revokedAt, lastUsedAt } = key
  return [
    scopes.join(", "),
    apps === undefined ? say(language, "allApps") : apps.join(", "),
    ...(audienceCap === null ? [] : [say(language, "capOf", { count: audienceCap })]),
    say(language, "createdAt", { time: localTime(createdAt) }),
    lastUsedAt === null ? say(language, "neverUsed") : say(language, "lastUsedAt", { time: localTime(lastUsedAt) }),
    ...(revokedAt === null ? [] : [say(language, "revokedAt", { time: localTime(revokedAt) })]),
  ].join(" · ")
}
