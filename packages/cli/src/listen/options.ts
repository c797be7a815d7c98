import { isEncodingAesKey } from "@wecom-push/protocol/callback"
import { resolve } from "node:path"
import { CommandError } from "../command-error.ts"
import type { CommandFault } from "../command-error.ts"
import { addressFaults, wayToWecom } from "../config/address-trust.ts"
import { readAddress } from "../config/check-settings.ts"
import { configure } from "../config/configuration.ts"
import { readSettings } from "../config/read-settings.ts"
import type { SettingsRead } from "../config/read-settings.ts"
import type { Settings } from "../config/settings.ts"
import type { Context } from "../context.ts"
import { exitCode } from "../exit-code.ts"
import type { ListenFlags } from "../flags.ts"
import { readText } from "../read-text.ts"
import { readOrg, SimulatorRefusal } from "../simulate/call-back.ts"
import type { SimulatedApp } from "../simulate/call-back.ts"
import { say as sayCommon } from "../texts.ts"
import { say } from "./texts.ts"

export interface ListenOptions {
  readonly host: string
  readonly port: number
  readonly token: string
  readonly encodingAesKey: string
  readonly corpId: string
  /** The simulator's app that calls here; undefined when an administrator tells WeCom the address. */
  readonly simulator: { readonly url: string; readonly app: SimulatedApp } | undefined
}

const usualPort = 7790

/**
 * Where to listen, and the keys that prove that a call is WeCom's. When neither token nor key is given anywhere, those
 * of a simulator's app are used: of the configured simulator, or of the one that runs on this machine.
 */
export async function readOptions(flags: ListenFlags, context: Context): Promise<ListenOptions> {
  const { language } = context
  const faults: CommandFault[] = []
  const { host = "127.0.0.1" } = flags
  if (host.trim() === "") faults.push({ path: "--host", message: sayCommon(language, "hostEmpty") })
  const port = flags.port === undefined ? usualPort : portOf(flags.port, faults, context)
  const read = await readSettings(flags, context)
  faults.push(...read.faults)
  const token = readKey("WECOM_CALLBACK_TOKEN", "callback_token", read, faults, context)
  const encodingAesKey = readKey("WECOM_ENCODING_AES_KEY", "encoding_aes_key", read, faults, context)
  const { found } = await configure(read, context)
  if (token === undefined && encodingAesKey === undefined) {
    const simulated = await simulatedApp(found, faults, context)
    if (simulated !== undefined && faults.length === 0) return { host, port, ...simulated }
    if (simulated !== undefined) throw faulty(faults, "", context)
  }
  // What is missing may be in a file that could not be read, which is a fault already.
  const missing = (path: string, message: string): void => void (read.isWhole && faults.push({ path, message }))
  if (token === undefined) missing("WECOM_CALLBACK_TOKEN", say(language, "tokenMissing"))
  else if (!/^[A-Za-z0-9]{1,32}$/.test(token)) {
    faults.push({ path: "WECOM_CALLBACK_TOKEN", message: say(language, "badToken") })
  }
  if (encodingAesKey === undefined) missing("WECOM_ENCODING_AES_KEY", say(language, "keyMissing"))
  else if (!isEncodingAesKey(encodingAesKey)) {
    const message = say(language, "badKey", { count: encodingAesKey.length })
    faults.push({ path: "WECOM_ENCODING_AES_KEY", message })
  }
  if (found.corpId === undefined) {
    const meaning = sayCommon(language, "meaningCorpId")
    missing("WECOM_CORP_ID", sayCommon(language, "settingMissing", { meaning }))
  }
  if (faults.length > 0 || token === undefined || encodingAesKey === undefined || found.corpId === undefined) {
    const isBlank = read.isWhole && token === undefined && encodingAesKey === undefined
    throw faulty(faults, isBlank ? say(language, "trySimulator") : "", context)
  }
  return { host, port, token, encodingAesKey, corpId: found.corpId.value, simulator: undefined }
}

function faulty(faults: readonly CommandFault[], hint: string, { language }: Context): CommandError {
  const message = say(language, "cannotListen", { count: faults.length })
  return new CommandError("configuration", exitCode.usage, message, { faults, hint })
}

function portOf(value: string, faults: CommandFault[], { language }: Context): number {
  if (/^\d{1,5}$/.test(value) && Number(value) <= 65_535) return Number(value)
  faults.push({ path: "--port", message: sayCommon(language, "notPort", { value }) })
  return 0
}

/** The value of the layer with the highest priority that has it, directly or in a file. */
function readKey(
  name: string,
  yaml: string,
  { layers }: SettingsRead,
  faults: CommandFault[],
  { language }: Context,
): string | undefined {
  for (const { source, values, folder } of layers) {
    const value = values[name] ?? (source === "config" ? values[yaml] : undefined)
    const file = values[`${name}_FILE`] ?? (source === "config" ? values[`${yaml}_file`] : undefined)
    if (isSet(value)) return value.trim()
    if (!isSet(file)) continue
    const text = readText(resolve(folder, file.trim()), file, language)
    if ("text" in text) return text.text.trim()
    faults.push({ path: `${name}_FILE`, message: text.fault })
    return ""
  }
  return undefined
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value.trim() !== ""
}

/** @returns undefined when no simulator is meant */
async function simulatedApp(
  found: Settings,
  faults: CommandFault[],
  context: Context,
): Promise<Pick<ListenOptions, "token" | "encodingAesKey" | "corpId" | "simulator"> | undefined> {
  const { language } = context
  const { baseUrl, secret, agentId } = found
  const address = readAddress(baseUrl?.value ?? "")
  // WeCom's own address is not asked for things that only a simulator knows.
  if (!("url" in address) || !address.url.startsWith("http:")) return undefined
  const notTrusted = addressFaults(found, wayToWecom, [secret], language)
  if (notTrusted.length > 0) throw faulty(notTrusted, "", context)
  const { url } = address
  const org = await orgOf(url)
  if (org === undefined) return undefined
  const app = agentId === undefined ? org.apps[0] : org.apps.find(({ agentid }) => String(agentid) === agentId.value)
  const { token = "", encoding_aes_key = "" } = app?.callback ?? {}
  const simulated = { token, encodingAesKey: encoding_aes_key, corpId: org.corp_id }
  if (app === undefined) {
    const agentIds = org.apps.map(({ agentid }) => agentid).join(", ")
    const message = say(language, "noSuchApp", { url, agentId: agentId?.value ?? "", agentIds })
    faults.push({ path: agentId?.name ?? "WECOM_AGENT_ID", message })
    return { ...simulated, simulator: undefined }
  }
  if (token === "" || !isEncodingAesKey(encoding_aes_key)) {
    faults.push({ path: "callback", message: say(language, "noKeysInSimulator", { url, agentId: app.agentid }) })
  }
  return { ...simulated, simulator: { url, app } }
}

async function orgOf(url: string) {
  try {
    return await readOrg(url)
  } catch (error) {
    if (error instanceof SimulatorRefusal || (error instanceof Error && "code" in error)) return undefined
    throw error
  }
}
