import type { Language } from "@wecom-push/protocol"
import { UNREADABLE_SECRET } from "@wecom-push/protocol/delivery"
import type { CommandFault } from "../command-error.ts"
import type { SecretFrom } from "../config/address-trust.ts"
import { readSettings } from "../config/read-settings.ts"
import type { SettingsRead } from "../config/read-settings.ts"
import type { Context, Outcome } from "../context.ts"
import { exitCode } from "../exit-code.ts"
import type { AccessFlags, GatewayFlags } from "../flags.ts"
import { say as sayCommon } from "../texts.ts"
import { requireAccess } from "./access.ts"
import { readApp } from "./app-view.ts"
import type { AppView, Pause } from "./app-view.ts"
import { clientFor } from "./client-for.ts"
import { GatewayClient } from "./client.ts"
import { GatewayError } from "./gateway-error.ts"
import { localTime } from "./local-time.ts"
import { readSecret } from "./read-secret.ts"
import { joined, tellRefusal } from "./tell-reason.ts"
import { say } from "./texts.ts"

/** Prints every app, and whether it is paused, why, and what to do about it. */
export async function listApps(flags: GatewayFlags, context: Context): Outcome {
  const { language, output } = context
  using client = new GatewayClient(await requireAccess(flags, context), context)
  const apps = await client.ask({ path: "/v1/apps" }, (fields) => fields.list("items", readApp))
  if (output.json) {
    output.data(JSON.stringify({ ok: true, apps: apps.map(({ raw }) => raw), error: null }))
    return exitCode.ok
  }
  if (apps.length === 0) output.note(say(language, "noApps"))
  for (const app of apps) {
    const { name, kind, corpId, agentId, sameAgent, pause, settings } = app
    const isRunning = pause === null
    const state = output.paintData(isRunning ? "green" : "red", say(language, isRunning ? "running" : "paused"))
    output.data(`${output.paintData("bold", name)}  ${state}  ${kind === "app" ? `${corpId}  ${agentId}` : kind}`)
    const told = Object.entries(settings).map(([setting, value]) => `${setting}=${String(value)}`)
    if (told.length > 0) output.data(`  ${say(language, "appSettings", { settings: told.join(" ") })}`)
    if (sameAgent.length > 0) output.data(`  ${tellNames(sameAgent, language)}`)
    if (pause === null) continue
    for (const line of pauseLines(pause, language)) output.data(`  ${line}`)
  }
  return exitCode.ok
}

interface AppFlags extends AccessFlags {
  readonly callbackTokenFile?: string
  readonly aesKeyFile?: string
  readonly robotKeyFile?: string
  readonly botId?: string
  readonly set?: readonly string[]
}

/** Registers an app. Values that no flag gives are read from where a direct send reads them. */
export async function addApp(name: string, flags: AppFlags, context: Context): Outcome {
  const { language } = context
  const read = await readSettings(flags, context)
  const { corpId, secret, agentId } = read.settings
  const faults: CommandFault[] = [...nameFaults(name, language)]
  const missing = [
    ["WECOM_CORP_ID", corpId, "meaningCorpId"],
    ["WECOM_APP_SECRET", secret, "meaningSecret"],
    ["WECOM_AGENT_ID", agentId, "meaningAgentId"],
  ] as const
  const kind = kindOf(flags)
  if (kind === "app") {
    for (const [path, found, meaning] of missing) {
      if (found !== undefined || !read.isWhole) continue
      faults.push({ path, message: sayCommon(language, "settingMissing", { meaning: sayCommon(language, meaning) }) })
    }
  }
  const identity = kind === "app" ? ofApp(read) : ofRobot(kind, flags, faults, context)
  const change = readChange({ ...flags, agentId: kind === "app" ? agentId?.value : undefined }, faults, context)
  const handedOver =
    kind === "app"
      ? [secret, ...fromFlags(flags, ["callbackTokenFile", "aesKeyFile"])]
      : fromFlags(flags, kind === "robot" ? ["robotKeyFile"] : ["secretFile"])
  using client = await clientFor(read, faults, context, handedOver)
  const body = {
    name,
    ...change.fields,
    ...identity,
    ...(change.settings.size === 0 ? {} : { settings: merged({}, change.settings) }),
  }
  const app = await client.ask({ method: "POST", path: "/v1/apps", body }, readApp)
  tellApp(app, say(language, "appAdded", { name }), context)
  return exitCode.ok
}

type Kind = "app" | "robot" | "bot"

function kindOf({ robotKeyFile, botId }: AppFlags): Kind {
  if (botId !== undefined) return "bot"
  return robotKeyFile === undefined ? "app" : "robot"
}

function ofApp({ settings: { corpId, secret } }: SettingsRead): Readonly<Record<string, unknown>> {
  return {
    ...(corpId === undefined ? {} : { corp_id: corpId.value }),
    ...(secret === undefined ? {} : { secret: secret.value }),
  }
}

function ofRobot(
  kind: Exclude<Kind, "app">,
  { robotKeyFile, botId, secretFile }: AppFlags,
  faults: CommandFault[],
  context: Context,
): Readonly<Record<string, unknown>> {
  const robotKey = readSecret("--robot-key-file", robotKeyFile, faults, context)
  if (kind === "robot") return { kind, robot_key: robotKey }
  if (secretFile === undefined) {
    faults.push({ path: "--secret-file", message: say(context.language, "botSecretMissing") })
  }
  if (robotKeyFile !== undefined) {
    faults.push({ path: "--robot-key-file", message: say(context.language, "botOrRobot") })
  }
  return { kind, bot_id: botId, secret: readSecret("--secret-file", secretFile, faults, context) }
}

/** Changes what the flags name; it reads nothing from the environment, where another app's secret may be. */
export async function setApp(name: string, flags: AppFlags, context: Context): Outcome {
  const { language } = context
  const faults: CommandFault[] = [...nameFaults(name, language)]
  const change = readChange(flags, faults, context)
  const secret = readSecret("--secret-file", flags.secretFile, faults, context)
  const robotKey = readSecret("--robot-key-file", flags.robotKeyFile, faults, context)
  const fields = {
    ...change.fields,
    ...(robotKey === undefined ? {} : { robot_key: robotKey }),
    ...(flags.botId === undefined ? {} : { bot_id: flags.botId }),
    ...(flags.corpId === undefined ? {} : { corp_id: flags.corpId }),
    ...(secret === undefined ? {} : { secret }),
  }
  if (faults.length === 0 && Object.keys(fields).length === 0 && change.settings.size === 0) {
    faults.push({ path: "update", message: say(language, "nothingToChange") })
  }
  const { config, gateway, key } = flags
  const reachFlags = {
    ...(config === undefined ? {} : { config }),
    ...(gateway === undefined ? {} : { gateway }),
    ...(key === undefined ? {} : { key }),
  }
  const handedOver = fromFlags(flags, ["secretFile", "callbackTokenFile", "aesKeyFile", "robotKeyFile"])
  using client = await clientFor(await readSettings(reachFlags, context), faults, context, handedOver)
  const app = await changeApp(client, `/v1/apps/${name}`, fields, change.settings)
  tellApp(app, say(language, "appUpdated", { name }), context)
  return exitCode.ok
}

/**
 * The API takes all settings together, so those that no flag names are sent as they were read. They must not have
 * changed since: after a change by another client they are read again.
 */
async function changeApp(
  client: GatewayClient,
  path: string,
  fields: Readonly<Record<string, unknown>>,
  changes: Change["settings"],
): Promise<AppView> {
  if (changes.size === 0) return client.ask({ method: "PATCH", path, body: fields }, readApp)
  for (let triesLeft = CHANGE_TRIES; ; triesLeft--) {
    const { settings, tag } = await client.ask({ path }, (answered, { headers }) => ({
      settings: readApp(answered).settings,
      tag: headers.etag,
    }))
    try {
      const body = { ...fields, settings: merged(settings, changes) }
      const headers = tag === undefined ? {} : { "if-match": tag }
      return await client.ask({ method: "PATCH", path, body, headers }, readApp)
    } catch (error) {
      const isStale = error instanceof GatewayError && error.status === 412
      if (!isStale || triesLeft === 0) throw error
    }
  }
}

const CHANGE_TRIES = 20

export async function removeApp(name: string, flags: GatewayFlags, context: Context): Outcome {
  const { language, output } = context
  using client = new GatewayClient(await requireAccess(flags, context, nameFaults(name, language)), context)
  await client.tell({ method: "DELETE", path: `/v1/apps/${name}` })
  if (output.json) output.data(JSON.stringify({ ok: true, name, error: null }))
  else output.note(say(language, "appRemoved", { name }))
  return exitCode.ok
}

/** Why an app is paused, since when, and when it is tried again. */
export function pauseLines({ errcode, errmsg, since, nextProbeAt }: Pause, language: Language): readonly string[] {
  const [what = "", ...todo] = tellRefusal(errcode, errmsg, language)
  return [
    say(language, "pausedSince", { time: localTime(since), what }),
    ...(todo.length === 0 ? [] : [`→ ${joined(todo, language)}`]),
    // An app whose secret cannot be read is not probed.
    ...(errmsg === UNREADABLE_SECRET ? [] : [say(language, "nextProbe", { time: localTime(nextProbeAt) })]),
  ]
}

function tellApp(app: AppView, sentence: string, { language, output }: Context): void {
  if (output.json) return output.data(JSON.stringify({ ok: true, ...app.raw, error: null }))
  output.note(sentence)
  if (app.sameAgent.length > 0) output.note(tellNames(app.sameAgent, language))
}

/** The names of other apps of the same agent. */
function tellNames(names: readonly string[], language: Language): string {
  return say(language, "sameAgent", { names: names.join(language === "zh" ? "、" : ", ") })
}

const secretFlags = {
  secretFile: "--secret-file",
  callbackTokenFile: "--callback-token-file",
  aesKeyFile: "--aes-key-file",
  robotKeyFile: "--robot-key-file",
} as const

/** The secrets among these names that flags give. */
function fromFlags(flags: AppFlags, names: readonly (keyof typeof secretFlags)[]): SecretFrom[] {
  return names.flatMap((name) =>
    flags[name] === undefined ? [] : [{ name: secretFlags[name], source: "flag" as const }],
  )
}

type SettingValue = number | string | boolean | null

interface Change {
  /** By the names of the API. */
  readonly fields: Readonly<Record<string, unknown>>
  /** Undefined: back to the default. */
  readonly settings: ReadonlyMap<string, SettingValue | undefined>
}

function readChange(
  flags: Pick<AppFlags, "callbackTokenFile" | "aesKeyFile" | "set"> & { readonly agentId?: string | undefined },
  faults: CommandFault[],
  context: Context,
): Change {
  const { language } = context
  const { agentId } = flags
  if (agentId !== undefined && !/^[1-9]\d{0,9}$/.test(agentId)) {
    faults.push({ path: "--agent-id", message: sayCommon(language, "badAgentId", { value: agentId }) })
  }
  const callbackToken = readSecret("--callback-token-file", flags.callbackTokenFile, faults, context)
  const aesKey = readSecret("--aes-key-file", flags.aesKeyFile, faults, context)
  const settings = new Map<string, SettingValue | undefined>()
  for (const given of flags.set ?? []) {
    const [, name = "", value = ""] = /^([a-z_]+)=(\d{1,9}|[a-z_]{1,32}|)$/.exec(given.trim()) ?? []
    if (name === "") faults.push({ path: "--set", message: say(language, "badSet", { value: given }) })
    else settings.set(name, settingOf(value))
  }
  return {
    fields: {
      ...(agentId === undefined ? {} : { agent_id: Number(agentId) }),
      ...(callbackToken === undefined ? {} : { callback_token: callbackToken }),
      ...(aesKey === undefined ? {} : { encoding_aes_key: aesKey }),
    },
    settings,
  }
}

/** The gateway checks whether it has such a setting, and whether it takes such a value. */
function settingOf(value: string): SettingValue | undefined {
  if (value === "") return undefined
  if (value === "null") return null
  if (value === "true" || value === "false") return value === "true"
  return /^\d+$/.test(value) ? Number(value) : value
}

function merged(
  before: Readonly<Record<string, unknown>>,
  changes: ReadonlyMap<string, SettingValue | undefined>,
): Readonly<Record<string, unknown>> {
  const after = new Map<string, unknown>([...Object.entries(before), ...changes])
  return Object.fromEntries([...after].filter(([, value]) => value !== undefined))
}

function nameFaults(name: string, language: Language): readonly CommandFault[] {
  if (/^[a-z0-9][a-z0-9_-]{0,62}$/.test(name)) return []
  return [{ path: "name", message: say(language, "badAppName", { value: name }) }]
}
