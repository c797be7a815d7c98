import {
  CHAT_CHANGES_PER_HOUR,
  CHAT_MEMBER_MESSAGES_PER_DAY,
  CHAT_MEMBER_MESSAGES_PER_MINUTE,
  CHAT_PERSON_TIMES_PER_HOUR,
  CHAT_PERSON_TIMES_PER_MINUTE,
  CHATS_PER_DAY,
  RESPONSE_CODE_LIFETIME_SECONDS,
  ROBOT_MESSAGES_PER_MINUTE,
} from "@wecom-push/protocol"
import type { BadField } from "./control/bad-field.ts"
import { Fields } from "./control/fields.ts"

/**
 * How this WeCom behaves where its documentation is silent or differs from what was observed. Names are those of the
 * JSON; the defaults are the documented behaviour, or else the most frequently reported one.
 */
export interface Settings {
  /** The errcode for a token that has expired or was revoked. An unknown token always gets 40014. */
  dead_token_errcode: 42001 | 40014
  /** Whether `gettoken` returns the same token again while it is valid. */
  repeat_token: boolean
  /** Whether `gettoken` already refuses a caller outside `trusted_ips`. */
  ip_check_gettoken: boolean
  /** Whether `message/*` refuses a caller outside `trusted_ips`, as look-ups do. */
  ip_check_send: boolean
  /** Whether `invalid*` members without content are left out or are `""`. */
  invalid_on_success: "omit" | "empty"
  /** The form in which 81013 names the bad recipients. */
  invalid_on_failure: "string" | "array" | "none"
  /** When no recipient is left: 81013, or, as others report, `errcode` 0 with everybody in `invaliduser`. */
  nobody_left_errcode: 81013 | 0
  /** The errcode when no recipient is named at all. */
  no_recipient_errcode: 82001 | 81012
  /** The msgid in the answer to a suppressed duplicate; its `errcode` is always 0. */
  duplicate_answer: "same_msgid" | "new_msgid" | "no_msgid"
  /** Whether a suppressed duplicate starts the interval again. */
  duplicate_prolongs: boolean
  /** Whether the answer to a suppressed duplicate again names those whom the first message did not reach. */
  duplicate_names_invalid: boolean
  /** Text over 2048 bytes: cut without a sign, or 45002. */
  long_text: "cut" | "refuse"
  /** Markdown over 2048 bytes: cut without a sign, 45002, or shown whole. */
  long_markdown: "cut" | "refuse" | "show"
  /** Whether a textcard is measured in characters (current documentation) or in bytes (older). */
  textcard_unit: "characters" | "bytes"
  /** Text of a group robot over 2048 bytes: 40058, or accepted up to 5120, as observed. */
  long_robot_text: "refuse" | "take"
  /** The errcode for a key that no group robot has. */
  unknown_robot_errcode: 93000 | 93019
  /** `news` with `safe` 1: 40074, or `safe` is ignored. */
  safe_news: "refuse" | "ignore"
  /** Whether a number in a string (`agentid`, `safe`) is refused: 40056 for `agentid`, 40035 for the others. */
  strict_types: boolean
  /** A body that is not JSON or has fields of the wrong JSON type: continue with the rest and say so, or 40058. */
  json_mistakes: "warn" | "refuse"
  /** Whether `errmsg` of a refusal ends in a hint number, the caller's address and a link. */
  errmsg_suffix: boolean
  /** Whether answers carry `Error-Code` and `Error-Msg`. */
  error_headers: boolean
  /** A `media_id` that was never uploaded here: 40007, or accepted. */
  unknown_media: "refuse" | "accept"
  /** The errcode for a `media_id` older than three days. */
  expired_media_errcode: 40007 | 40145
  /** Whether `toparty` reaches the sub-departments too. */
  toparty_subdepartments: boolean
  /** Whether the look-up misses of all apps are counted together. */
  lookup_misses_per: "corp" | "app"
  /** How many seconds a `response_code` can be used: 72 h by the current documentation, 24 h by the older one. */
  response_code_lifetime_s: number
  /**
   * How a callback URL that is new in `PUT /_sim/org` is checked. WeCom asks the app to decrypt a text, and refuses the
   * URL when the app cannot: `refuse` does the same, `note` only records the result in `GET /_sim/callbacks`, `off`
   * does not ask.
   */
  callback_verification: "note" | "refuse" | "off"
  /** Which results repeat a callback: any status but 200 (document 90238), or only no answer (document 90930). */
  callback_failure: "not_200" | "no_answer"
  /** A smart robot's message to a member who never wrote to it: 93006, or shown all the same. */
  bot_unknown_conversation: "refuse" | "show"
  /** Markdown of a smart robot over 20,480 bytes: 40058, cut, or shown whole. */
  bot_long_markdown: "refuse" | "cut" | "show"
  /**
   * What happens to a smart robot's connection when a newer one replaces it: it stays open and answers pings, or is
   * closed.
   */
  bot_replaced: "stays_open" | "closed"
  /** Whether the passive reply to a `template_card_event` changes the pressed card; WeCom's documents disagree. */
  card_event_reply: "applied" | "ignored"
  /**
   * How many calls and messages are remembered, with 100 copies for each message; `null` remembers all. A forgotten
   * message can be neither recalled nor updated.
   */
  keep: number | null
  /**
   * How many bytes are remembered of calls (bodies, answers, names of reached members), and how many of messages. The
   * content of the oldest calls is forgotten first, and the ledger says so; the oldest messages are forgotten whole.
   * `null` remembers all, and is the default when `keep` is `null`.
   */
  keep_bytes: number | null
  /**
   * Whether contact sync may read names and details: from addresses added since August 2022 it may read only ids, else
   * 48009.
   */
  contact_sync_details: boolean
  /** Whether `user/get` and `user/list` show mobile and email to an app, as WeCom does for apps made before 20 June 2022. */
  member_contact_details: boolean
  limits: LimitSettings
}

/** `null` switches a limit off. Windows slide; days are those of Beijing time. */
export interface LimitSettings {
  /**
   * Messages of one app to one member. The excess is dropped without a sign. Also messages of a smart robot to one
   * conversation, replies included: there the excess is refused with 45009.
   */
  member_per_minute: number | null
  member_per_hour: number | null
  /** Messages of one group robot; one over the limit closes the robot for a minute. */
  robot_per_minute: number | null
  /** Group chats that apps make in a day, and changes of chats in an hour. */
  chats_per_day: number | null
  chat_changes_per_hour: number | null
  /**
   * Members reached by messages into group chats, for all apps together. The hourly limit is 300,000 by document 90312;
   * 150,000, 350,000 or 700,000 by the size of the corp in document 90248.
   */
  chat_person_times_per_minute: number | null
  chat_person_times_per_hour: number | null
  /** Messages of one app into group chats, to one member. The excess is dropped without a sign. */
  chat_member_per_minute: number | null
  chat_member_per_day: number | null
  /** Person-times of one app a day. */
  app_person_times_per_day: number | null
  /** Calls of one API, except `message/send`. */
  api_calls_per_minute: number | null
  api_calls_per_hour: number | null
  /** Misses of one look-up API a day; the first one over the limit closes it until midnight. */
  lookup_misses_per_day: number | null
  /** Uploads of `media/uploadimg` a day, and in 30 days. */
  images_per_day: number | null
  images_per_month: number | null
  /** Calls of one API with `debug=1`. */
  debug_calls_per_minute: number | null
  /** Calls of one API under way at once. */
  concurrent_calls: number | null
  /** Conversations into which one smart robot sends without being asked; one report says 20. Over it: 45009. */
  bot_conversations: number | null
  /** Failed `gettoken` calls of one address; the first one over the limit bans it for an hour. */
  bad_secrets_per_hour: number | null
}

function defaultSettings(memberCap: number): Settings {
  return {
    dead_token_errcode: 42001,
    repeat_token: true,
    ip_check_gettoken: false,
    ip_check_send: true,
    invalid_on_success: "omit",
    invalid_on_failure: "string",
    nobody_left_errcode: 81013,
    no_recipient_errcode: 82001,
    duplicate_answer: "same_msgid",
    duplicate_prolongs: false,
    duplicate_names_invalid: true,
    long_text: "cut",
    long_markdown: "cut",
    textcard_unit: "characters",
    long_robot_text: "refuse",
    unknown_robot_errcode: 93000,
    safe_news: "refuse",
    strict_types: false,
    json_mistakes: "warn",
    errmsg_suffix: true,
    error_headers: true,
    unknown_media: "refuse",
    expired_media_errcode: 40007,
    toparty_subdepartments: true,
    lookup_misses_per: "corp",
    response_code_lifetime_s: RESPONSE_CODE_LIFETIME_SECONDS,
    callback_verification: "note",
    callback_failure: "not_200",
    card_event_reply: "applied",
    bot_unknown_conversation: "refuse",
    bot_long_markdown: "refuse",
    bot_replaced: "stays_open",
    keep: 10_000,
    keep_bytes: 128 * 1024 * 1024,
    contact_sync_details: false,
    member_contact_details: false,
    limits: {
      member_per_minute: 30,
      member_per_hour: 1000,
      robot_per_minute: ROBOT_MESSAGES_PER_MINUTE,
      chats_per_day: CHATS_PER_DAY,
      chat_changes_per_hour: CHAT_CHANGES_PER_HOUR,
      chat_person_times_per_minute: CHAT_PERSON_TIMES_PER_MINUTE,
      chat_person_times_per_hour: CHAT_PERSON_TIMES_PER_HOUR,
      chat_member_per_minute: CHAT_MEMBER_MESSAGES_PER_MINUTE,
      chat_member_per_day: CHAT_MEMBER_MESSAGES_PER_DAY,
      app_person_times_per_day: memberCap * 200,
      api_calls_per_minute: 10_000,
      api_calls_per_hour: 150_000,
      lookup_misses_per_day: Math.floor(memberCap * 0.2),
      images_per_day: 1000,
      images_per_month: 3000,
      debug_calls_per_minute: 5,
      concurrent_calls: null,
      bot_conversations: null,
      bad_secrets_per_hour: 2000,
    },
  }
}

/** The settings that were set explicitly; the rest are defaults, and some of those depend on the member cap. */
export interface ChosenSettings extends Chosen<Omit<Settings, "limits">> {
  limits?: Chosen<LimitSettings> | undefined
}

type Chosen<T> = { [K in keyof T]?: T[K] | undefined }

export function effectiveSettings(chosen: ChosenSettings, memberCap: number): Settings {
  const defaults = defaultSettings(memberCap)
  // Keeping all calls and messages means keeping every body, too.
  if (chosen.keep === null) defaults.keep_bytes = null
  const { limits, ...rest } = chosen
  return { ...overlay<Omit<Settings, "limits">>(defaults, rest), limits: overlay(defaults.limits, limits ?? {}) }
}

export function mergeSettings(chosen: ChosenSettings, change: ChosenSettings): ChosenSettings {
  return { ...overlay(chosen, change), limits: overlay(chosen.limits ?? {}, change.limits ?? {}) }
}

function overlay<T extends object>(base: T, change: Chosen<T>): T {
  const result = { ...base }
  for (const name in change) {
    const value = change[name]
    if (value !== undefined) result[name] = value
  }
  return result
}

/** Reads what `PUT /_sim/settings` takes: any part of the settings. */
export function parseSettings(input: unknown): { settings: ChosenSettings; badFields: BadField[] } {
  const badFields: BadField[] = []
  const fields = new Fields(input, "", badFields)
  const limits = fields.object("limits")
  fields.refuseOthers(SETTING_NAMES)
  limits?.refuseOthers(LIMIT_NAMES)
  const settings = {
    dead_token_errcode: fields.oneOf("dead_token_errcode", [42001, 40014]),
    repeat_token: fields.boolean("repeat_token"),
    ip_check_gettoken: fields.boolean("ip_check_gettoken"),
    ip_check_send: fields.boolean("ip_check_send"),
    invalid_on_success: fields.oneOf("invalid_on_success", ["omit", "empty"]),
    invalid_on_failure: fields.oneOf("invalid_on_failure", ["string", "array", "none"]),
    nobody_left_errcode: fields.oneOf("nobody_left_errcode", [81013, 0]),
    no_recipient_errcode: fields.oneOf("no_recipient_errcode", [82001, 81012]),
    duplicate_answer: fields.oneOf("duplicate_answer", ["same_msgid", "new_msgid", "no_msgid"]),
    duplicate_prolongs: fields.boolean("duplicate_prolongs"),
    duplicate_names_invalid: fields.boolean("duplicate_names_invalid"),
    long_text: fields.oneOf("long_text", ["cut", "refuse"]),
    long_markdown: fields.oneOf("long_markdown", ["cut", "refuse", "show"]),
    textcard_unit: fields.oneOf("textcard_unit", ["characters", "bytes"]),
    long_robot_text: fields.oneOf("long_robot_text", ["refuse", "take"]),
    unknown_robot_errcode: fields.oneOf("unknown_robot_errcode", [93000, 93019]),
    safe_news: fields.oneOf("safe_news", ["refuse", "ignore"]),
    strict_types: fields.boolean("strict_types"),
    json_mistakes: fields.oneOf("json_mistakes", ["warn", "refuse"]),
    errmsg_suffix: fields.boolean("errmsg_suffix"),
    error_headers: fields.boolean("error_headers"),
    unknown_media: fields.oneOf("unknown_media", ["refuse", "accept"]),
    expired_media_errcode: fields.oneOf("expired_media_errcode", [40007, 40145]),
    toparty_subdepartments: fields.boolean("toparty_subdepartments"),
    lookup_misses_per: fields.oneOf("lookup_misses_per", ["corp", "app"]),
    response_code_lifetime_s: fields.integer("response_code_lifetime_s", 1),
    callback_verification: fields.oneOf("callback_verification", ["note", "refuse", "off"]),
    callback_failure: fields.oneOf("callback_failure", ["not_200", "no_answer"]),
    card_event_reply: fields.oneOf("card_event_reply", ["applied", "ignored"]),
    contact_sync_details: fields.boolean("contact_sync_details"),
    member_contact_details: fields.boolean("member_contact_details"),
    bot_unknown_conversation: fields.oneOf("bot_unknown_conversation", ["refuse", "show"]),
    bot_long_markdown: fields.oneOf("bot_long_markdown", ["refuse", "cut", "show"]),
    bot_replaced: fields.oneOf("bot_replaced", ["stays_open", "closed"]),
    keep: fields.integerOrNull("keep", 1),
    keep_bytes: fields.integerOrNull("keep_bytes", 0),
    limits: limits && parseLimits(limits),
  }
  return { settings, badFields }
}

function parseLimits(limits: Fields): Chosen<LimitSettings> {
  return {
    member_per_minute: limits.integerOrNull("member_per_minute", 0),
    member_per_hour: limits.integerOrNull("member_per_hour", 0),
    robot_per_minute: limits.integerOrNull("robot_per_minute", 0),
    chats_per_day: limits.integerOrNull("chats_per_day", 0),
    chat_changes_per_hour: limits.integerOrNull("chat_changes_per_hour", 0),
    chat_person_times_per_minute: limits.integerOrNull("chat_person_times_per_minute", 0),
    chat_person_times_per_hour: limits.integerOrNull("chat_person_times_per_hour", 0),
    chat_member_per_minute: limits.integerOrNull("chat_member_per_minute", 0),
    chat_member_per_day: limits.integerOrNull("chat_member_per_day", 0),
    app_person_times_per_day: limits.integerOrNull("app_person_times_per_day", 0),
    api_calls_per_minute: limits.integerOrNull("api_calls_per_minute", 0),
    api_calls_per_hour: limits.integerOrNull("api_calls_per_hour", 0),
    lookup_misses_per_day: limits.integerOrNull("lookup_misses_per_day", 0),
    images_per_day: limits.integerOrNull("images_per_day", 0),
    images_per_month: limits.integerOrNull("images_per_month", 0),
    debug_calls_per_minute: limits.integerOrNull("debug_calls_per_minute", 0),
    concurrent_calls: limits.integerOrNull("concurrent_calls", 1),
    bot_conversations: limits.integerOrNull("bot_conversations", 0),
    bad_secrets_per_hour: limits.integerOrNull("bad_secrets_per_hour", 0),
  }
}

const SETTING_NAMES: ReadonlySet<string> = new Set(Object.keys(defaultSettings(0)))
const LIMIT_NAMES: ReadonlySet<string> = new Set(Object.keys(defaultSettings(0).limits))
