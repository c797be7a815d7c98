import type { Language } from "@wecom-push/protocol"
import { CommandError } from "../command-error.ts"
import type { CommandFault } from "../command-error.ts"
import type { Context } from "../context.ts"
import { exitCode } from "../exit-code.ts"
import type { AccessFlags } from "../program.ts"
import { say } from "../texts.ts"
import { runningSimulator } from "./running-simulator.ts"
import { readSettings } from "./read-settings.ts"
import { settings } from "./settings.ts"
import type { Found, SettingName, Settings } from "./settings.ts"

/** One app of one corp, and the way to it. */
export interface Configuration {
  readonly corpId: string
  readonly secret: string
  readonly agentId: number
  /** Without `/cgi-bin` and trailing slash. */
  readonly baseUrl: string
  readonly httpsProxy: string | undefined
  readonly noProxy: string | undefined
  /** Where each value was read. */
  readonly found: Settings
}

export interface Configured {
  readonly configuration: Configuration | undefined
  readonly found: Settings
  readonly faults: readonly CommandFault[]
  /** Not one of corp id, secret, AgentId and address is given anywhere. */
  readonly isBlank: boolean
}

export const defaultBaseUrl = "https://qyapi.weixin.qq.com"

/**
 * Reads and checks the whole configuration and tells every fault together. With nothing configured at all, a
 * simulator that runs on this machine is what is meant; one value given switches that off, so that a slip in a real
 * configuration is never hidden by messages that end on a pretended phone.
 */
export async function configure(flags: AccessFlags, context: Context): Promise<Configured> {
  const { language } = context
  const read = await readSettings(flags, context)
  const isBlank = read.faults.length === 0 && identitySettings.every((name) => read.settings[name] === undefined)
  const simulator = isBlank ? await runningSimulator(context.io.env) : undefined
  const found = simulator === undefined ? read.settings : { ...read.settings, ...simulator }
  const { configuration, faults } = check(found, language)
  return { configuration, found, faults: [...read.faults, ...faults], isBlank: isBlank && simulator === undefined }
}

/** What says which WeCom is meant. */
export const identitySettings = ["corpId", "secret", "agentId", "baseUrl"] as const satisfies readonly SettingName[]

/** What stands in the way of sending, as one error; `others` are faults found elsewhere in the same command line. */
export function configurationError(
  { faults, isBlank }: Configured,
  others: readonly CommandFault[],
  language: Language,
): CommandError {
  if (isBlank && others.length === 0) {
    return new CommandError("configuration", exitCode.usage, say(language, "nothingConfigured"), {
      faults,
      hint: howToConfigure(language),
    })
  }
  const all = [...others, ...faults]
  const message =
    all.length === 1
      ? say(language, others.length === 0 ? "configurationFaulty" : "oneFault")
      : say(language, "faultsFound", { count: all.length })
  return new CommandError(others.length === 0 ? "configuration" : "usage", exitCode.usage, message, {
    faults: all,
    hint: isBlank ? howToConfigure(language) : "",
  })
}

function howToConfigure(language: Language): string {
  return [
    "",
    say(language, "howToConfigure"),
    "  export WECOM_CORP_ID=…",
    "  export WECOM_APP_SECRET=…",
    "  export WECOM_AGENT_ID=…",
    "",
    say(language, "howToSimulate"),
    "  npx wecom-push simulate",
  ].join("\n")
}

function check(
  found: Settings,
  language: Language,
): { configuration: Configuration | undefined; faults: readonly CommandFault[] } {
  const faults: CommandFault[] = []
  const complain = ({ name }: Found, message: string): void => void faults.push({ path: name, message })
  for (const name of ["corpId", "secret", "agentId"] as const) {
    if (found[name] !== undefined) continue
    const message = say(language, "settingMissing", { meaning: say(language, meanings[name]) })
    faults.push({ path: settings[name].environment[0], message })
  }
  if (found.corpId !== undefined && /[\s\p{Cc}]/u.test(found.corpId.value)) {
    complain(found.corpId, say(language, "badCorpId"))
  }
  if (found.agentId !== undefined && !isAgentId(found.agentId.value)) {
    complain(found.agentId, say(language, "badAgentId", { value: found.agentId.value }))
  }
  const baseUrl = found.baseUrl === undefined ? defaultBaseUrl : cleanBaseUrl(found.baseUrl.value)
  if (found.baseUrl !== undefined && typeof baseUrl !== "string") {
    complain(found.baseUrl, say(language, baseUrl.why))
  }
  if (found.httpsProxy !== undefined && !isProxy(found.httpsProxy.value)) {
    complain(found.httpsProxy, say(language, "badProxy"))
  }
  if (found.gatewayUrl !== undefined) complain(found.gatewayUrl, say(language, "notInThisVersion"))
  const { corpId, secret, agentId, httpsProxy, noProxy } = found
  if (
    faults.length > 0 ||
    corpId === undefined ||
    secret === undefined ||
    agentId === undefined ||
    typeof baseUrl !== "string"
  ) {
    return { configuration: undefined, faults }
  }
  const configuration = {
    corpId: corpId.value,
    secret: secret.value,
    agentId: Number(agentId.value),
    baseUrl,
    httpsProxy: httpsProxy?.value,
    noProxy: noProxy?.value,
    found,
  }
  return { configuration, faults }
}

const meanings = { corpId: "meaningCorpId", secret: "meaningSecret", agentId: "meaningAgentId" } as const

function isAgentId(value: string): boolean {
  return /^[1-9]\d{0,9}$/.test(value)
}

/** Other tools want the address with `/cgi-bin`, with a slash at the end, or bare: all of it means the same. */
function cleanBaseUrl(value: string): string | { readonly why: "badUrl" | "urlWithMore" } {
  const url = URL.parse(value)
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) return { why: "badUrl" }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") return { why: "urlWithMore" }
  return `${url.origin}${url.pathname}`
    .replace(/\/+$/, "")
    .replace(/\/cgi-bin$/, "")
    .replace(/\/+$/, "")
}

function isProxy(value: string): boolean {
  // HTTPS_PROXY=proxy.example:3128 is common, and curl takes it so.
  const url = URL.parse(value.includes("://") ? value : `http://${value}`)
  return url !== null && (url.protocol === "http:" || url.protocol === "https:") && url.hostname !== ""
}
