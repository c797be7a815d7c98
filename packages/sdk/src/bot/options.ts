import type { Fault, Language } from "@wecom-push/protocol"
import type { Dispatcher } from "undici"
import { systemClock } from "../clock.ts"
import type { Clock } from "../clock.ts"
import { environmentProxy } from "../client-options.ts"
import { invalidInputError } from "../invalid-input.ts"
import { namesFaults } from "../option-faults.ts"
import type { OptionNames } from "../option-faults.ts"
import { proxyPicker } from "../transport/proxy.ts"
import type { ProxySettings } from "../transport/proxy.ts"
import type { BotEvent } from "./events.ts"
import type { BotState } from "./frame.ts"

/** The address at which WeCom takes the connections of smart robots. */
export const DEFAULT_BOT_URL = "wss://openws.work.weixin.qq.com"

export interface BotOptions {
  /** The id of a robot in API mode with "use long connection" (使用长连接). */
  readonly botId: string
  readonly secret: string
  /**
   * WeCom's own address unless given. Another one is a simulator's (`ws://127.0.0.1:7780/_bot`) or a private
   * installation's.
   */
  readonly url?: string
  /** The language of messages and hints in errors; `en` unless given. */
  readonly language?: Language
  /** Called with what members do in conversations with the robot. Errors that it throws are dropped. */
  readonly onEvent?: (event: BotEvent) => void
  /** Called with each change of the connection, for logs. */
  readonly onState?: (state: BotState) => void
  /** How many milliseconds the stream of a file may give no data: 30,000 unless given, `Infinity` for no limit. */
  readonly sourceTimeoutMs?: number
  /** `HTTPS_PROXY` and `NO_PROXY` of the environment unless given; `false` for no proxy. */
  readonly proxy?: ProxySettings | false
  /** An undici dispatcher of the caller's, used instead of our own connection and proxy. The caller closes it. */
  readonly dispatcher?: Dispatcher
  readonly clock?: Clock
}

/** The options with everything decided. */
export interface BotSettings {
  readonly botId: string
  readonly secret: string
  readonly url: URL
  readonly language: Language
  readonly onEvent: (event: BotEvent) => void
  readonly onState: (state: BotState) => void
  readonly sourceTimeoutMs: number
  readonly proxy: ProxySettings | undefined
  readonly dispatcher: Dispatcher | undefined
  readonly clock: Clock
}

const OPTIONS: OptionNames<BotOptions> = {
  botId: true,
  secret: true,
  url: true,
  language: true,
  onEvent: true,
  onState: true,
  sourceTimeoutMs: true,
  proxy: true,
  dispatcher: true,
  clock: true,
}

/** @throws {WeComError} `invalid_input` with every fault of the options */
export function readBotOptions(given: BotOptions | undefined): BotSettings {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the faults name what is missing
  const options = given ?? ({} as BotOptions)
  const language = options.language === "zh" ? "zh" : "en"
  const url = botAddress(options.url ?? DEFAULT_BOT_URL)
  const { proxy } = options
  const ownProxy = proxy === false || options.dispatcher !== undefined ? undefined : (proxy ?? environmentProxy())
  const faults = [
    ...(["botId", "secret"] as const).flatMap((path): Fault[] => textFaults(path, options[path])),
    ...(url === undefined ? [badFormat("url", DEFAULT_BOT_URL)] : []),
    ...((options.sourceTimeoutMs ?? 1) > 0 ? [] : [badFormat("sourceTimeoutMs", "> 0")]),
    ...proxyFaults(options, ownProxy),
    ...namesFaults(options, OPTIONS),
  ]
  if (faults.length > 0 || url === undefined) throw invalidInputError(faults, language)
  return {
    botId: options.botId,
    secret: options.secret,
    url,
    language,
    onEvent: options.onEvent ?? (() => undefined),
    onState: options.onState ?? (() => undefined),
    sourceTimeoutMs: options.sourceTimeoutMs ?? 30_000,
    proxy: ownProxy,
    dispatcher: options.dispatcher,
    clock: options.clock ?? systemClock,
  }
}

/** Undefined for what is not a WebSocket address: another scheme, a user name, a query, a fragment. */
export function botAddress(text: unknown): URL | undefined {
  if (typeof text !== "string" || !URL.canParse(text)) return undefined
  const url = new URL(text)
  const isPlain = url.username === "" && url.password === "" && url.search === "" && url.hash === ""
  return isPlain && /^wss?:$/.test(url.protocol) ? url : undefined
}

function textFaults(path: string, value: unknown): Fault[] {
  if (value === undefined || value === "") return [{ path, rule: "required", severity: "error" }]
  return typeof value === "string" ? [] : [{ path, rule: "wrong_type", severity: "error", because: "string" }]
}

function badFormat(path: string, because: string): Fault {
  return { path, rule: "bad_format", severity: "error", because }
}

function proxyFaults({ proxy, dispatcher }: BotOptions, own: ProxySettings | undefined): Fault[] {
  if (dispatcher !== undefined && proxy !== undefined && proxy !== false) {
    return [{ path: "proxy", rule: "conflict", severity: "error", because: "dispatcher" }]
  }
  try {
    proxyPicker(own)
    return []
  } catch {
    return [badFormat(proxy === undefined ? "HTTPS_PROXY" : "proxy.httpsProxy", "http://host:port")]
  }
}
