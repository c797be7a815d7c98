import type { Fault, Language } from "@wecom-push/protocol"
import { CallbackCipher, isEncodingAesKey } from "@wecom-push/protocol/callback"
import type { PassiveReply } from "@wecom-push/protocol/callback"
import type { Clock } from "../clock.ts"
import { systemClock } from "../clock.ts"
import { invalidInputError } from "../invalid-input.ts"
import { namesFaults } from "../option-faults.ts"
import type { OptionNames } from "../option-faults.ts"
import type { CallbackEvent } from "./event.ts"
import type { CallbackRefusal } from "./refusal.ts"

export interface CallbackOptions {
  /** Token of the app's settings (接收消息). */
  readonly token: string
  /** EncodingAESKey of the app's settings: 43 characters. */
  readonly encodingAesKey: string
  /** The corp id; of a third-party app the suite id, and empty for some personal ones. */
  readonly receiveId: string
  /** Called once for each event, after WeCom has its answer. */
  readonly onEvent?: (event: CallbackEvent) => void | Promise<void>
  /**
   * Awaited before WeCom gets its answer: for what must be stored first, and for a reply to the member who raised the event.
   * WeCom hangs up after 5 s and repeats the delivery twice; a repetition waits for this same call, and gets its reply.
   * When it fails the answer is 500 and a repetition starts anew.
   */
  readonly beforeAnswer?: (event: CallbackEvent) => void | PassiveReply | Promise<void | PassiveReply>
  /** Gets errors of `onEvent` and `beforeAnswer`, and replies that WeCom would not take. Without it, unhandled rejections. */
  readonly onError?: (error: unknown, event: CallbackEvent) => void
  /** Each request that was not taken for one of WeCom's. */
  readonly onRefused?: (refusal: CallbackRefusal) => void
  /** How far a request's timestamp may be from the clock: 300,000 unless given. `Infinity` takes any. */
  readonly maxAgeMs?: number
  /** 256 KiB unless given: longer than anything WeCom reports. */
  readonly maxBodyBytes?: number
  /**
   * How many deliveries are remembered, so that one that comes again raises no second event: 10,000 unless given. They
   * live in memory; a program of several processes compares `event.id` in a store of their own.
   */
  readonly rememberedDeliveries?: number
  /** Of refusals and errors; `en` unless given. */
  readonly language?: Language
  readonly clock?: Clock
}

const OPTIONS: OptionNames<CallbackOptions> = {
  token: true,
  encodingAesKey: true,
  receiveId: true,
  onEvent: true,
  beforeAnswer: true,
  onError: true,
  onRefused: true,
  maxAgeMs: true,
  maxBodyBytes: true,
  rememberedDeliveries: true,
  language: true,
  clock: true,
}

/** The options with everything decided. */
export interface CallbackSettings {
  readonly token: string
  readonly cipher: CallbackCipher
  readonly receiveId: string
  readonly onEvent: NonNullable<CallbackOptions["onEvent"]>
  readonly beforeAnswer: NonNullable<CallbackOptions["beforeAnswer"]>
  readonly onError: CallbackOptions["onError"]
  readonly onRefused: NonNullable<CallbackOptions["onRefused"]>
  readonly maxAgeMs: number
  readonly maxBodyBytes: number
  readonly rememberedDeliveries: number
  readonly language: Language
  readonly clock: Clock
}

/** @throws {WeComError} `invalid_input` with every fault of the options */
export function readCallbackOptions(given: CallbackOptions | undefined): CallbackSettings {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the faults name what is missing
  const options = given ?? ({} as CallbackOptions)
  const language = options.language === "zh" ? "zh" : "en"
  const faults = optionFaults(options)
  if (faults.length > 0) throw invalidInputError(faults, language)
  return {
    token: options.token,
    cipher: new CallbackCipher(options.encodingAesKey, options.receiveId),
    receiveId: options.receiveId,
    onEvent: options.onEvent ?? NOTHING,
    beforeAnswer: options.beforeAnswer ?? NOTHING,
    onError: options.onError,
    onRefused: options.onRefused ?? NOTHING,
    maxAgeMs: options.maxAgeMs ?? 5 * 60_000,
    maxBodyBytes: options.maxBodyBytes ?? 256 * 1024,
    rememberedDeliveries: options.rememberedDeliveries ?? 10_000,
    language,
    clock: options.clock ?? systemClock,
  }
}

const NOTHING = (): void => {}

function optionFaults(options: CallbackOptions): Fault[] {
  const { token, encodingAesKey, receiveId, language = "en", maxAgeMs = 1 } = options
  const { maxBodyBytes = 1, rememberedDeliveries = 1 } = options
  const faults: (Fault | false)[] = [
    (token === undefined || token === "") && { path: "token", rule: "required", severity: "error" },
    (encodingAesKey === undefined || encodingAesKey === "") && {
      path: "encodingAesKey",
      rule: "required",
      severity: "error",
    },
    Boolean(encodingAesKey) && !isEncodingAesKey(encodingAesKey) && badFormat("encodingAesKey", "[A-Za-z0-9]{43}"),
    receiveId === undefined && { path: "receiveId", rule: "required", severity: "error" },
    language !== "en" &&
      language !== "zh" && { path: "language", rule: "not_allowed", severity: "error", allowed: ["en", "zh"] },
    !(maxAgeMs > 0) && badFormat("maxAgeMs", "> 0"),
    !(maxBodyBytes > 0) && badFormat("maxBodyBytes", "> 0"),
    !(rememberedDeliveries > 0) && badFormat("rememberedDeliveries", "> 0"),
    ...namesFaults(options, OPTIONS),
  ]
  return faults.filter((fault) => fault !== false)
}

function badFormat(path: string, because: string): Fault {
  return { path, rule: "bad_format", severity: "error", because }
}
