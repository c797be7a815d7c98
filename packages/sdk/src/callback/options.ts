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
  /** The Token in the app's settings (接收消息). */
  readonly token: string
  /** The EncodingAESKey in the app's settings: 43 characters. */
  readonly encodingAesKey: string
  /** The corp id; for a third-party app the suite id; empty for some personal apps. */
  readonly receiveId: string
  /** Called once for each event, after WeCom got its answer. */
  readonly onEvent?: (event: CallbackEvent) => void | Promise<void>
  /**
   * Called and awaited before WeCom gets its answer: to store the event first, or to reply to the member who raised it.
   * WeCom closes the connection after 5 s and repeats the delivery twice; a repeated delivery waits for this same call,
   * and gets its reply. When the call fails, the answer is 500 and a repeated delivery calls it again.
   */
  readonly beforeAnswer?: (event: CallbackEvent) => void | PassiveReply | Promise<void | PassiveReply>
  /**
   * Gets errors of `onEvent` and `beforeAnswer`, and the errors of replies that WeCom would not take. Without it they
   * are unhandled rejections.
   */
  readonly onError?: (error: unknown, event: CallbackEvent) => void
  /** Called with each request that was refused as not coming from WeCom. */
  readonly onRefused?: (refusal: CallbackRefusal) => void
  /**
   * How many milliseconds a request's timestamp may differ from the clock: 300,000 unless given. `Infinity` allows any
   * difference.
   */
  readonly maxAgeMs?: number
  /** 256 KiB unless given, which is longer than anything WeCom sends. */
  readonly maxBodyBytes?: number
  /**
   * How many deliveries are remembered, so that a repeated one raises no second event: 10,000 unless given. They are
   * kept in memory; a program of several processes compares `event.id` in a store of its own.
   */
  readonly rememberedDeliveries?: number
  /** The language of refusals and errors; `en` unless given. */
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
