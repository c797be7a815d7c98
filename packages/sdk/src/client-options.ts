import { LOOKUP_LIFETIMES } from "@wecom-push/protocol/delivery"
import type { Fault, Language, MobileCheck } from "@wecom-push/protocol"
import type { Dispatcher } from "undici"
import { systemClock } from "./clock.ts"
import type { Clock } from "./clock.ts"
import { invalidInputError } from "./invalid-input.ts"
import type { LookupStore } from "./lookup-store.ts"
import type { MediaStore } from "./media-store.ts"
import { STORE_TIMEOUT_MS } from "./store-limit.ts"
import { memoryMediaStore } from "./media/memory-media-store.ts"
import { memoryLookupStore } from "./people/memory-lookup-store.ts"
import { namesFaults } from "./option-faults.ts"
import type { OptionNames } from "./option-faults.ts"
import { mobileCheckFault } from "./people/question.ts"
import type { TokenStore } from "./token-store.ts"
import { memoryTokenStore } from "./token/memory-token-store.ts"
import { defaultTransport } from "./transport-default.ts"
import type { Transport } from "./transport.ts"
import { proxyPicker } from "./transport/proxy.ts"
import type { ProxySettings } from "./transport/proxy.ts"
import { apiFolder, DEFAULT_BASE_URL } from "./wire/base-url.ts"
import type { ApiHooks } from "./wire/hooks.ts"

/** The options that an app's client and a group robot's client share. */
export interface SharedOptions {
  /**
   * WeCom's own address unless given. Another one is a simulator's, a gateway's, or that of a relay with a trusted
   * address. May end in `/cgi-bin`.
   */
  readonly baseUrl?: string
  /** The language of messages and hints in errors; `en` unless given. */
  readonly language?: Language
  /**
   * True unless given: values that WeCom would cut, ignore or replace by a default are refused. False: they are sent,
   * and `warnings` of the result names them. Values that WeCom refuses are refused in any case.
   */
  readonly strict?: boolean
  /** How many milliseconds one call of WeCom's API may take, with its token, waits and repeats: 30,000 unless given. */
  readonly timeoutMs?: number
  /** Memory unless given; `fileMediaStore` shares uploaded files between processes. */
  readonly mediaStore?: MediaStore
  /**
   * How many milliseconds one call of a store may take: 1,500 unless given. A store that takes longer counts as failed:
   * it is reported to `hooks.onWarning`, and the work continues without it. A call of `exclusively` may take four times
   * as long.
   */
  readonly storeTimeoutMs?: number
  /**
   * How many milliseconds the stream of a file may give no data: 30,000 unless given, `Infinity` for no limit. After
   * that the file is a fault (`file_unreadable`). Reading the whole file may take as long as the send.
   */
  readonly sourceTimeoutMs?: number
  /** For logs and metrics. */
  readonly hooks?: ApiHooks
  /** `HTTPS_PROXY` and `NO_PROXY` of the environment unless given; `false` for no proxy. */
  readonly proxy?: ProxySettings | false
  /** An undici dispatcher of the caller's, used instead of our own pools and proxies. The caller closes it. */
  readonly dispatcher?: Dispatcher
  /** Used instead of undici, or of `fetch` under Bun. The caller closes it. */
  readonly transport?: Transport
  readonly clock?: Clock
}

export interface WeComOptions extends SharedOptions {
  /** 企业ID, the id of the whole corp. */
  readonly corpId: string
  /** The app's own Secret. Its form is not checked, because only WeCom can tell whether it is right. */
  readonly secret: string
  /** The app's AgentId. */
  readonly agentId: number
  /** Memory unless given; `fileTokenStore` or `clientTokenStore` share tokens between processes. */
  readonly tokenStore?: TokenStore
  /** Memory unless given; `fileLookupStore` shares look-ups between processes. */
  readonly lookupStore?: LookupStore
  /**
   * How many milliseconds a download may stay unread: 60,000 unless given, `Infinity` for no limit. Then its body
   * errors with `deadline` and its connection is released.
   */
  readonly downloadIdleMs?: number
  /**
   * For how many milliseconds a number without a member is not looked up again: 24 h unless given. Found userids are
   * kept for 7 days.
   */
  readonly lookupMissLifetimeMs?: number
  /**
   * `strict` unless given: only numbers that can be mobiles by the rules of their country are looked up. `length`: any
   * number of 5 to 32 bytes is looked up. WeCom counts each number that no member has against the corp.
   */
  readonly mobileCheck?: MobileCheck
}

/** The shared options, each with its value. */
export interface SharedSettings {
  readonly baseUrl: string
  readonly language: Language
  readonly strict: boolean
  readonly callTimeoutMs: number
  readonly mediaStore: MediaStore
  readonly storeTimeoutMs: number
  readonly sourceTimeoutMs: number
  readonly hooks: ApiHooks
  readonly transport: Transport
  readonly ownsTransport: boolean
  readonly clock: Clock
}

/** The options with everything decided. */
export interface Settings extends SharedSettings {
  readonly corpId: string
  readonly secret: string
  readonly agentId: number
  readonly tokenStore: TokenStore
  readonly lookupStore: LookupStore
  readonly downloadIdleMs: number | undefined
  readonly hitLifetimeMs: number
  readonly missLifetimeMs: number
  readonly mobileCheck: MobileCheck
}

/**
 * Without any options the faults name the required ones.
 * @throws {WeComError} `invalid_input` with every fault of the options
 */
export function readOptions(given: WeComOptions | undefined): Settings {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the faults name what is missing
  const options = given ?? ({} as WeComOptions)
  const faults = optionFaults(options)
  if (faults.length > 0) throw invalidInputError(faults, languageOf(options))
  return {
    ...sharedSettings(options),
    corpId: options.corpId,
    secret: options.secret,
    agentId: options.agentId,
    tokenStore: options.tokenStore ?? memoryTokenStore(),
    lookupStore: options.lookupStore ?? memoryLookupStore(),
    downloadIdleMs: options.downloadIdleMs,
    hitLifetimeMs: LOOKUP_LIFETIMES.hitLifetimeMs,
    missLifetimeMs: options.lookupMissLifetimeMs ?? LOOKUP_LIFETIMES.missLifetimeMs,
    mobileCheck: options.mobileCheck ?? "strict",
  }
}

export function languageOf({ language }: SharedOptions): Language {
  return language === "zh" ? "zh" : "en"
}

/** The settings made of options that have no faults. */
export function sharedSettings(options: SharedOptions): SharedSettings {
  const proxy = proxyOf(options)
  return {
    baseUrl: options.baseUrl ?? DEFAULT_BASE_URL,
    language: languageOf(options),
    strict: options.strict ?? true,
    callTimeoutMs: options.timeoutMs ?? 30_000,
    mediaStore: options.mediaStore ?? memoryMediaStore(),
    storeTimeoutMs: options.storeTimeoutMs ?? STORE_TIMEOUT_MS,
    sourceTimeoutMs: options.sourceTimeoutMs ?? 30_000,
    hooks: options.hooks ?? {},
    transport: options.transport ?? defaultTransport(options.dispatcher, proxy),
    ownsTransport: options.transport === undefined,
    clock: options.clock ?? systemClock,
  }
}

function proxyOf({ proxy, transport, dispatcher }: SharedOptions): ProxySettings | undefined {
  if (proxy === false || transport !== undefined || dispatcher !== undefined) return undefined
  return proxy ?? environmentProxy()
}

export function environmentProxy(): ProxySettings | undefined {
  const { env } = process
  const httpsProxy = env["HTTPS_PROXY"] ?? env["https_proxy"] ?? ""
  const noProxy = env["NO_PROXY"] ?? env["no_proxy"] ?? ""
  return httpsProxy === "" ? undefined : { httpsProxy, noProxy }
}

export const SHARED_OPTIONS: OptionNames<SharedOptions> = {
  baseUrl: true,
  language: true,
  strict: true,
  timeoutMs: true,
  mediaStore: true,
  storeTimeoutMs: true,
  sourceTimeoutMs: true,
  hooks: true,
  proxy: true,
  dispatcher: true,
  transport: true,
  clock: true,
}

const OPTIONS: OptionNames<WeComOptions> = {
  corpId: true,
  secret: true,
  agentId: true,
  ...SHARED_OPTIONS,
  tokenStore: true,
  lookupStore: true,
  downloadIdleMs: true,
  lookupMissLifetimeMs: true,
  mobileCheck: true,
}

function optionFaults(options: WeComOptions): Fault[] {
  const { lookupMissLifetimeMs = 0, downloadIdleMs = 1 } = options
  const faults = [
    textFault("corpId", options.corpId),
    textFault("secret", options.secret),
    agentFault(options.agentId),
    ...sharedFaults(options),
  ]
  if (!(downloadIdleMs > 0)) faults.push(badFormat("downloadIdleMs", "> 0"))
  if (!(lookupMissLifetimeMs >= 0)) faults.push(badFormat("lookupMissLifetimeMs", ">= 0"))
  faults.push(mobileCheckFault(options.mobileCheck), ...namesFaults(options, OPTIONS))
  return faults.filter((fault) => fault !== undefined)
}

export function sharedFaults(options: SharedOptions): Fault[] {
  const {
    baseUrl = DEFAULT_BASE_URL,
    language = "en",
    strict = true,
    timeoutMs = 1,
    storeTimeoutMs = 1,
    sourceTimeoutMs = 1,
  } = options
  const faults: Fault[] = []
  if (typeof baseUrl !== "string") faults.push(wrongType("baseUrl", "string"))
  else if (apiFolder(baseUrl) === undefined) faults.push(badFormat("baseUrl", DEFAULT_BASE_URL))
  if (language !== "en" && language !== "zh") {
    faults.push({ path: "language", rule: "not_allowed", severity: "error", allowed: ["en", "zh"] })
  }
  if (typeof strict !== "boolean") faults.push(wrongType("strict", "boolean"))
  if (!(timeoutMs > 0)) faults.push(badFormat("timeoutMs", "> 0"))
  if (!(storeTimeoutMs > 0)) faults.push(badFormat("storeTimeoutMs", "> 0"))
  if (!(sourceTimeoutMs > 0)) faults.push(badFormat("sourceTimeoutMs", "> 0"))
  return [...faults, ...wayFaults(options)]
}

/** Each of these options carries every request, so only one of them can be given. */
function wayFaults(options: SharedOptions): Fault[] {
  const given = (["transport", "dispatcher", "proxy"] as const).filter((name) => options[name] !== undefined)
  const [first = "", ...others] = given.filter((name) => options[name] !== false)
  const faults = others.map((path): Fault => ({ path, rule: "conflict", severity: "error", because: first }))
  try {
    proxyPicker(proxyOf(options))
  } catch {
    faults.push(badFormat(options.proxy === undefined ? "HTTPS_PROXY" : "proxy.httpsProxy", "http://host:port"))
  }
  return faults
}

function textFault(path: string, value: unknown): Fault | undefined {
  if (value === undefined || value === "") return { path, rule: "required", severity: "error" }
  return typeof value === "string" ? undefined : wrongType(path, "string")
}

function agentFault(agentId: unknown): Fault | undefined {
  if (agentId === undefined) return { path: "agentId", rule: "required", severity: "error" }
  if (typeof agentId !== "number") return wrongType("agentId", "integer")
  return Number.isSafeInteger(agentId) && agentId > 0 ? undefined : badFormat("agentId", "1000002")
}

function wrongType(path: string, because: string): Fault {
  return { path, rule: "wrong_type", severity: "error", because }
}

export function badFormat(path: string, because: string): Fault {
  return { path, rule: "bad_format", severity: "error", because }
}
