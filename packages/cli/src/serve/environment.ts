import { resolve } from "node:path"
import type { Language } from "@wecom-push/protocol"
import type { CommandFault } from "../command-error.ts"
import { addressFaults, wayOfServe } from "../config/address-trust.ts"
import type { SecretFrom } from "../config/address-trust.ts"
import type { Layer, SettingsRead } from "../config/read-settings.ts"
import { gatewaySettings } from "../config/settings.ts"

type Variables = Record<string, string>

/**
 * The environment of a gateway, gathered from all places where this command finds settings. No other variable is passed
 * on: HOST and PORT, which many shells and platforms set for their own purposes, would open the gateway to the network.
 */
export function gatewayEnvironment({ settings, layers }: SettingsRead): Variables {
  const variables: Variables = {}
  const app = {
    WECOM_CORP_ID: settings.corpId,
    WECOM_APP_SECRET: settings.secret,
    WECOM_AGENT_ID: settings.agentId,
    WECOM_API_BASE_URL: settings.baseUrl,
    WECOM_ROBOT_KEY: settings.robotKey,
    HTTPS_PROXY: settings.httpsProxy,
    NO_PROXY: settings.noProxy,
  }
  for (const [name, found] of Object.entries(app)) if (found !== undefined) variables[name] = found.value
  for (const [yaml, name] of Object.entries(gatewaySettings)) take(variables, layers, name, yaml)
  return variables
}

/**
 * A gateway sends the app's secret to WeCom's address, and also the secrets in its database, which the master key
 * opens: the address must come from a source as trusted as that of both.
 */
export function notTrusted({ settings, layers }: SettingsRead, language: Language): readonly CommandFault[] {
  return addressFaults(settings, wayOfServe, [settings.secret, settings.robotKey, masterKeyFrom(layers)], language)
}

function masterKeyFrom(layers: readonly Layer[]): SecretFrom | undefined {
  const name = gatewaySettings.master_key
  for (const layer of layers) {
    const variables: Variables = {}
    take(variables, [layer], name, "master_key")
    const [given] = Object.keys(variables)
    if (given !== undefined) return { name: given, source: layer.source }
  }
  return undefined
}

/** Variables that lead to a real WeCom, or protect a real gateway: a trial gateway gets none of them. */
export const realOnly = [
  "WECOM_CORP_ID",
  "WECOM_APP_SECRET",
  "WECOM_AGENT_ID",
  "WECOM_API_BASE_URL",
  "WECOM_ROBOT_KEY",
  "WECOM_CALLBACK_TOKEN",
  "WECOM_CALLBACK_TOKEN_FILE",
  "WECOM_ENCODING_AES_KEY",
  "WECOM_ENCODING_AES_KEY_FILE",
  "WECOM_BOT_ID",
  "WECOM_BOT_ID_FILE",
  "WECOM_BOT_SECRET",
  "WECOM_BOT_SECRET_FILE",
  "WECOM_PUSH_ADMIN_KEY",
  "WECOM_PUSH_ADMIN_KEY_FILE",
] as const

/**
 * Takes the value of the layer with the highest priority that has it, directly or as a file; when both are given, the
 * gateway reports it.
 */
function take(variables: Variables, layers: readonly Layer[], name: string, yaml: string): void {
  for (const { source, values, folder } of layers) {
    const value = values[name] ?? (source === "config" ? values[yaml] : undefined)
    const file = values[`${name}_FILE`] ?? (source === "config" ? values[`${yaml}_file`] : undefined)
    if (isSet(value)) variables[name] = value
    if (isSet(file)) variables[`${name}_FILE`] = resolve(folder, file.trim())
    if (isSet(value) || isSet(file)) return
  }
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value.trim() !== ""
}
