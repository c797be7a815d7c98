import {
  checkDuplicateCheck,
  DEFAULT_DUPLICATE_CHECK_SECONDS,
  MAX_DUPLICATE_CHECK_SECONDS,
  tolerate,
} from "@wecom-push/protocol"
import type { Fault, MobileCheck } from "@wecom-push/protocol"
import type { Overflow } from "@wecom-push/sdk"
import type { Tolerance } from "@wecom-push/sdk/internals"
import { z } from "zod"
import { callKind, chatKind, APP_MESSAGE } from "@wecom-push/protocol/delivery"
import type { CallKind, DuplicateCheckMode } from "@wecom-push/protocol/delivery"
import type { Otherwise, Priority } from "../model/message.ts"
import type { RecipientChunk } from "../model/recipients.ts"
import { readTrace } from "../model/trace.ts"
import type { Trace } from "../model/trace.ts"
import { readAudience } from "./audience.ts"
import type { AudienceRead } from "./audience.ts"
import type { Breath } from "./breath.ts"
import { fingerprint } from "./canonical.ts"
import { MAX_PARTS } from "./fit-parts.ts"
import { contentRules, KNOWN_TYPES } from "./content-rules.ts"
import type { ContentRules } from "./content-rules.ts"
import { IDEMPOTENCY_LIFETIME_MS, readIdempotencyKey } from "./idempotency-key.ts"
import { errorOfFault, errorsOfIssues, refuse, unknownField, warningsIn } from "./issues.ts"
import { robotRow } from "./recipients.ts"
import { mediaNamedIn } from "./media-named.ts"
import type { NamedMedium } from "./media-named.ts"
import { BATCH_FIELDS, MESSAGE_FIELDS } from "./message-fields.ts"
import { Problem } from "../problems/problem.ts"
import type { ProblemError } from "../problems/problem.ts"
import { toPointer } from "./pointer.ts"
import { parseRfc3339, whyNoTime } from "./rfc3339.ts"
import type { IdempotencyRecord } from "../model/ports/outbox.ts"

/** A request that is valid by itself. The rights of its key, and whether there is room, are not checked yet. */
export interface PreparedMessage {
  readonly app: string | undefined
  /** Where a fault says that the app is named; `/app` unless given. */
  readonly appPath?: string | undefined
  /** The name of the call kind whose rules it was checked by. */
  readonly callKind: string
  readonly msgtype: string
  readonly parts: readonly string[]
  /** The files of the gateway that it names. */
  readonly media: readonly NamedMedium[]
  readonly priority: Priority
  readonly orderKey: string | undefined
  /** Milliseconds since 1970, as are all times. */
  readonly sendAt: number | undefined
  readonly expiresAt: number | undefined
  readonly duplicateCheck: DuplicateCheckMode
  readonly recipientCount: number
  readonly namesEverybody: boolean
  readonly namesGroups: boolean
  /** Mobiles or emails, which have to be looked up. */
  readonly namesAddresses: boolean
  readonly namesChats: boolean
  /** How many recipients are final at once. */
  readonly malformedCount: number
  /**
   * How many of them have mobiles that follow `mobile_check` `length`, which is the app's setting if the request says
   * nothing.
   */
  readonly impossibleCount: number
  readonly mobileCheck: MobileCheck | undefined
  readonly chunks: Iterable<RecipientChunk>
  /** The content, and the app it is sent from, for members who are `not_opened`. */
  readonly otherwise: Otherwise | undefined
  readonly idempotency:
    | (Pick<IdempotencyRecord, "key" | "fingerprint" | "isFreedByEnd"> & {
        /** How long the key remembers its message. */
        readonly lifetimeMs: number
      })
    | undefined
  /** The warnings about its content, at most 100. */
  readonly warnings: readonly Fault[]
  /** The trace of an item of a batch, if the item names one. */
  readonly trace: Trace | undefined
  /** Faults that time has caused: they refuse a new message, but not the repeat of an accepted one. */
  readonly staleness: readonly ProblemError[]
}

export interface PrepareOptions {
  /** Milliseconds since 1970. */
  readonly now: number
  /** The key in the header. An item of a batch carries its own. */
  readonly idempotencyKey: string | undefined
  readonly inBatch: boolean
  /** Undefined where all apps are apps of a corp. */
  readonly kinds?: KindsOfApps | undefined
}

/** The call kinds of apps that do not belong to a corp. The object is passed between threads. */
export interface KindsOfApps {
  /** Names of call kinds, by app. */
  readonly byApp: Readonly<Record<string, string>>
  /** The one app that the key holds. */
  readonly only: string | undefined
}

/**
 * Checks the body of `POST /v1/messages`, all of it, and makes of it what will be stored.
 * @param body as `readJson` or `readMessage` reads it
 * @throws {Problem} `unknown_field`, `wrong_type`, `invalid_value`, with every fault there is
 */
export async function prepareMessage(
  body: unknown,
  options: PrepareOptions,
  breath?: Breath,
): Promise<PreparedMessage> {
  const { now, inBatch } = options
  if (typeof body !== "object" || body === null || Array.isArray(body)) throw notAnObject()
  const { own, content } = separate(body, inBatch ? OWN_FIELDS_IN_BATCH : OWN_FIELDS)
  const { fields, times, errors } = checkOwnFields(own, inBatch)
  const staleness = stalenessOf(times, now)
  const { strict = true, overflow } = fields ?? {}
  const { kind, app } = kindOf(fields?.app, options)
  const ways = waysTo(own["to"], kind)
  const rules = contentRules(ways)
  const other = fields?.else
  // The fault of `else` itself is reported below: here the content is checked for both apps at once.
  const checked = other === undefined ? rules : contentRules([...ways, APP_MESSAGE])
  const found = checkBeside(content, own, { strict, overflow }, { ways, rules: checked })
  const { rows, ...audience } = isOfGroup(kind)
    ? ofRobot(own["to"], app ?? "", now)
    : await readAudience(own["to"] ?? {}, now, breath)
  errors.push(...found.errors, ...audience.errors)
  if (fields === undefined || rows === undefined || errors.length > 0) {
    throw refuse([...errors, ...staleness], audience.moreErrors)
  }

  const message = without(content, STRAYS)
  const { count, ...others } = rows
  const otherwise = other === undefined ? undefined : fitOtherwise(other, message, overflow)
  const fitted = rules.fit(message, overflow)
  if (!("parts" in fitted)) throw refuse([tooManyParts(fitted.needed), ...staleness])
  if (otherwise !== undefined && !("parts" in otherwise)) throw refuse([tooManyParts(otherwise.needed), ...staleness])
  return {
    app: fields.app,
    callKind: kind.name,
    msgtype: msgtypeOf(fitted.parts, message),
    parts: fitted.parts.map((part) => JSON.stringify(part)),
    media: mediaNamedIn(message, ways),
    priority: fields.priority ?? "normal",
    orderKey: fields.order_key,
    ...times,
    duplicateCheck: duplicateCheckOf(own),
    recipientCount: count,
    ...others,
    otherwise,
    mobileCheck: fields.mobile_check,
    idempotency: idempotencyOf(own, content, options),
    warnings: found.warnings,
    trace: readTrace(own["traceparent"], undefined),
    staleness,
  }
}

/** The content as an app of a corp sends it. */
function fitOtherwise(
  app: string,
  message: Fields,
  overflow: Overflow | undefined,
): Otherwise | { readonly needed: number } {
  const fitted = contentRules([APP_MESSAGE]).fit(message, overflow)
  if (!("parts" in fitted)) return fitted
  return { app, msgtype: msgtypeOf(fitted.parts, message), parts: fitted.parts.map((part) => JSON.stringify(part)) }
}

/** A channel may send another type instead of the one asked for, as a smart robot sends markdown for a text. */
function msgtypeOf([first]: readonly unknown[], message: Fields): string {
  const sent: unknown = Reflect.get(Object(first), "msgtype") ?? message["msgtype"]
  return String(sent)
}

/** The call kind of the app that is meant. If its name is wrong, a later check reports it. */
function kindOf(
  named: string | undefined,
  { kinds }: Pick<PrepareOptions, "kinds">,
): { kind: CallKind; app: string | undefined } {
  const app = named ?? kinds?.only
  const of = app === undefined || kinds === undefined ? undefined : kinds.byApp[app]
  return { app, kind: (of === undefined ? undefined : callKind(of)) ?? APP_MESSAGE }
}

/** The kinds of the calls that carry the message to those it names. */
function waysTo(to: unknown, kind: CallKind): readonly CallKind[] {
  const chats = chatKind(kind)
  if (typeof to !== "object" || to === null || chats === undefined || chats === kind) return [kind]
  const named = Object.entries(to).flatMap(([name, value]) => (isNamed(value) ? [name] : []))
  if (!named.includes("chats")) return [kind]
  return named.length === 1 ? [chats] : [kind, chats]
}

function isNamed(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return value === true
  return "length" in value && value.length !== 0
}

/** Whether the app sends to a group of its own, so that its messages name no recipient. */
export function hasOwnGroup(app: string | undefined, kinds: KindsOfApps | undefined): boolean {
  return isOfGroup(kindOf(app, { kinds }).kind)
}

export function isOfGroup({ most }: CallKind): boolean {
  return most.robot > 0
}

/** A robot has one group, and the message one recipient, which is the robot itself. */
function ofRobot(to: unknown, app: string, at: number): AudienceRead {
  if (to === undefined) return { errors: [], moreErrors: 0, rows: robotRow(app, at) }
  const detail = {
    en: "/to cannot be used: the app is a group robot, which sends to its own group; remove it.",
    zh: "不能使用 /to：该应用是群机器人，只发送到它所在的群，请去掉该字段。",
  }
  return { errors: [{ path: "/to", code: "not_supported", detail }], moreErrors: 0, rows: undefined }
}

function idempotencyOf(own: Fields, content: Fields, options: PrepareOptions): PreparedMessage["idempotency"] {
  const named = own["idempotency_key"]
  const key = typeof named === "string" ? readIdempotencyKey(named) : options.idempotencyKey
  if (key === undefined) return undefined
  const { idempotency_key: _, traceparent: __, ...identity } = own
  return { key, fingerprint: fingerprint({ ...identity, content }), lifetimeMs: IDEMPOTENCY_LIFETIME_MS }
}

const SEND_AT_GRACE_MS = 5 * 60_000
const MAX_AHEAD_MS = 365 * 24 * 3600_000

const DUPLICATE_CHECK = ["enable_duplicate_check", "duplicate_check_interval"] as const
const OWN_FIELDS: ReadonlySet<string> = new Set(["to", ...DUPLICATE_CHECK, ...Object.keys(MESSAGE_FIELDS)])
const OWN_FIELDS_IN_BATCH: ReadonlySet<string> = new Set([...OWN_FIELDS, ...Object.keys(BATCH_FIELDS)])

type Fields = Record<string, unknown>

/** Separates our fields from WeCom's. Neither object has a prototype, so that `__proto__` is a name like any other. */
function separate(body: object, ownNames: ReadonlySet<string>): { readonly own: Fields; readonly content: Fields } {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `Object.create` is typed as any
  const [own, content] = [Object.create(null) as Fields, Object.create(null) as Fields]
  for (const [name, value] of Object.entries(body)) (ownNames.has(name) ? own : content)[name] = value
  return { own, content }
}

const ownFields = z.object(MESSAGE_FIELDS)
const ownFieldsInBatch = z.object({ ...MESSAGE_FIELDS, ...BATCH_FIELDS })

type OwnFields = Omit<z.output<typeof ownFields>, "send_at" | "expires_at">
type Times = Pick<PreparedMessage, "sendAt" | "expiresAt">

interface OwnFieldsCheck {
  readonly fields: OwnFields | undefined
  /** Read also where other fields are faulty, so that their faults are answered together. */
  readonly times: Times
  readonly errors: ProblemError[]
}

function checkOwnFields(own: Fields, inBatch: boolean): OwnFieldsCheck {
  const parsed = (inBatch ? ownFieldsInBatch : ownFields).safeParse(own, { reportInput: true })
  const errors = parsed.success ? [] : errorsOfIssues(parsed.error.issues)
  const sendAt = readTime("/send_at", own["send_at"], errors)
  const expiresAt = readTime("/expires_at", own["expires_at"], errors)
  return { fields: parsed.data, times: { sendAt, expiresAt }, errors }
}

function stalenessOf({ sendAt, expiresAt }: Times, now: number): readonly ProblemError[] {
  if (sendAt === undefined && expiresAt === undefined) return NOTHING_STALE
  const errors: ProblemError[] = []
  if (sendAt !== undefined && sendAt < now - SEND_AT_GRACE_MS) errors.push(tooEarly("/send_at"))
  if (sendAt !== undefined && sendAt > now + MAX_AHEAD_MS) errors.push(tooFarAhead("/send_at"))
  const start = Math.max(now, sendAt ?? now)
  if (expiresAt !== undefined && expiresAt <= start) errors.push(expiredAlready(sendAt !== undefined && sendAt > now))
  if (expiresAt !== undefined && expiresAt > start + MAX_AHEAD_MS) errors.push(tooFarAhead("/expires_at"))
  return errors
}

const NOTHING_STALE: readonly ProblemError[] = []

/** The schema reports a time that is no text. */
function readTime(path: string, text: unknown, errors: ProblemError[]): number | undefined {
  if (typeof text !== "string") return undefined
  const at = parseRfc3339(text)
  if (at === undefined) {
    const { en, zh } = whyNoTime(text)
    errors.push({ path, code: "bad_format", detail: { en: `${path} ${en}`, zh: `${path} ${zh}` } })
  }
  return at
}

function tooEarly(path: string): ProblemError {
  return {
    path,
    code: "not_allowed",
    detail: {
      en: `${path} is more than 5 minutes past; leave it out to send at once.`,
      zh: `${path} 已过去 5 分钟以上；立即发送请去掉该字段。`,
    },
  }
}

function tooFarAhead(path: string): ProblemError {
  return {
    path,
    code: "not_allowed",
    detail: {
      en: `${path} is more than 365 days ahead; choose an earlier time.`,
      zh: `${path} 超过 365 天之后，请改为更早的时间。`,
    },
  }
}

function expiredAlready(beforeSendAt: boolean): ProblemError {
  return {
    path: "/expires_at",
    code: "not_allowed",
    detail: beforeSendAt
      ? {
          en: "/expires_at is not after /send_at; choose a later time.",
          zh: "/expires_at 不晚于 /send_at，请改为更晚的时间。",
        }
      : { en: "/expires_at is past; choose a later time.", zh: "/expires_at 已经过去，请改为更晚的时间。" },
  }
}

interface ContentCheck {
  readonly errors: readonly ProblemError[]
  readonly warnings: readonly Fault[]
}

function checkBeside(
  content: Fields,
  own: Fields,
  tolerance: Tolerance,
  { ways, rules }: { readonly ways: readonly CallKind[]; readonly rules: ContentRules },
): ContentCheck {
  const unknown = Object.keys(content).filter((name) => !CONTENT_FIELDS.has(name))
  const strays = unknown.filter((name) => INSTEAD.has(name))
  // The audience has to be given in our fields, or it would be unknown whether WeCom's are meant.
  const isPasted = strays.length === unknown.length && (own["to"] !== undefined || ways.some(isOfGroup))
  const errors = isPasted ? [] : unknown.map((name) => unknownField(toPointer([name]), INSTEAD.get(name)))
  // Unknown fields are left out: the check would report them a second time, or not at all where the msgtype is wrong.
  const known = unknown.length === 0 ? content : without(content, unknown)
  const faults = rules.check(known, tolerance)
  if (own["enable_duplicate_check"] !== undefined || own["duplicate_check_interval"] !== undefined) {
    const ofCheck = checkDuplicateCheck(own)
    faults.push(...(tolerance.strict ? ofCheck : ofCheck.map(tolerate)))
  }
  if (content["msgtype"] === "miniprogram_notice" && namesEverybody(own["to"])) {
    faults.push({ path: "to.all", rule: "conflict", severity: "error", because: "msgtype = miniprogram_notice" })
  }
  const leftOut = strays.map((path): Fault => ({
    path,
    rule: "left_out",
    severity: "warning",
    because: INSTEAD.get(path) ?? "",
  }))
  return {
    errors: [...errors, ...errorsOfFaults(faults), ...withoutCheck(own, ways)],
    warnings: warningsIn(leftOut.concat(faults)),
  }
}

/** A request for something that the channel does not have is refused, not ignored: the message might be seen twice. */
function withoutCheck(own: Fields, ways: readonly CallKind[]): ProblemError[] {
  const api = ways.find(({ hasDuplicateCheck }) => !hasDuplicateCheck)?.api
  if (api === undefined || own["enable_duplicate_check"] !== 1) return []
  const path = "/enable_duplicate_check"
  const detail = {
    en: `The app sends by ${api}, which has no duplicate check; remove ${path}.`,
    zh: `该应用通过 ${api} 发送，没有重复消息检查，请去掉 ${path}。`,
  }
  return [{ path, code: "not_supported", detail }]
}

function errorsOfFaults(faults: readonly Fault[]): ProblemError[] {
  return faults.filter(({ severity }) => severity === "error").map(errorOfFault)
}

function without(content: Fields, names: readonly string[]): Fields {
  if (names.every((name) => content[name] === undefined)) return content
  const left: Fields = Object.assign(Object.create(null), content)
  for (const name of names) delete left[name]
  return left
}

const CONTENT_FIELDS: ReadonlySet<string> = new Set(["msgtype", "safe", "enable_id_trans", ...KNOWN_TYPES])
/** WeCom's names for fields that have another name here. */
const INSTEAD: ReadonlyMap<string, string> = new Map([
  ["touser", "/to/users"],
  ["toparty", "/to/departments"],
  ["totag", "/to/tags"],
  ["agentid", "/app"],
])
const STRAYS: readonly string[] = [...INSTEAD.keys()]

function namesEverybody(to: unknown): boolean {
  return typeof to === "object" && to !== null && "all" in to && to.all === true
}

function duplicateCheckOf(own: Fields): DuplicateCheckMode {
  if (own["enable_duplicate_check"] !== 1) return { by: "gateway" }
  const seconds = own["duplicate_check_interval"]
  const isGiven = typeof seconds === "number" && Number.isInteger(seconds) && seconds > 0
  return {
    by: "caller",
    intervalSeconds: isGiven ? Math.min(seconds, MAX_DUPLICATE_CHECK_SECONDS) : DEFAULT_DUPLICATE_CHECK_SECONDS,
  }
}

function notAnObject(): Problem {
  return new Problem("wrong_type", {
    errors: [
      {
        path: "",
        code: "wrong_type",
        detail: { en: "A message is a JSON object.", zh: "消息必须是 JSON 对象。" },
      },
    ],
  })
}

function tooManyParts(needed: number): ProblemError {
  const detail = {
    en: `The text needs at least ${needed} messages; at most ${MAX_PARTS} are sent. Shorten it, or send it as a file.`,
    zh: `拆分后至少需要 ${needed} 条消息，最多 ${MAX_PARTS} 条。请缩短，或以文件发送。`,
  }
  return { path: "/overflow", code: "too_many", detail }
}
