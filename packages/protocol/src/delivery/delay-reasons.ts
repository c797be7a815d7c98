import type { Bilingual } from "../language.ts"

/**
 * Why a recipient is pending. Stored with the recipient: `member_rate`, `target_rate`, `app_rate` (45009),
 * `lookup_budget`, `lookup_paused`, `day_quota`. Computed when it is read, since it concerns whole messages or apps, or
 * soon passes: the others, and also `app_rate` for recipients that wait behind.
 */
export const DELAY_REASONS = [
  "member_rate",
  "target_rate",
  "app_rate",
  "app_paused",
  "unreachable",
  "wecom_busy",
  "lookup_budget",
  "lookup_paused",
  "day_quota",
  "order",
  "scheduled",
  "clock_set",
] as const
export type DelayReason = (typeof DELAY_REASONS)[number]

export function isDelayReason(word: string | undefined): word is DelayReason {
  return word !== undefined && Object.hasOwn(TEXTS, word)
}

/** The reason why a recipient waits, to be followed by a time. */
export function explainDelay(reason: DelayReason): Bilingual {
  return TEXTS[reason]
}

/** Whether the call is tried again and again, so that a time beside the reason is that of the next try. */
export function isTriedAgain(reason: DelayReason): boolean {
  return TRIED_AGAIN.has(reason)
}

const TRIED_AGAIN: ReadonlySet<DelayReason> = new Set(["app_paused", "unreachable", "wecom_busy"])

const TEXTS: Readonly<Record<DelayReason, Bilingual>> = {
  member_rate: {
    en: "held back, because WeCom would drop more than 30 messages a minute or 1000 an hour to one member",
    zh: "推迟发送：每人每分钟超过 30 条或每小时超过 1000 条的消息会被企业微信丢弃",
  },
  target_rate: {
    en: "held back, because WeCom would drop or refuse more messages a minute to one group or robot, or to the group chats of a corp",
    zh: "推迟发送：同一群聊或机器人、或企业全部群聊每分钟的消息超出部分会被企业微信丢弃或拒绝",
  },
  app_rate: {
    en: "WeCom has closed the app for too many calls (45009)",
    zh: "应用调用过多，被企业微信暂停（45009）",
  },
  app_paused: {
    en: "waits until the app's setting is corrected: WeCom refuses the app, or its stored secret is damaged",
    zh: "应用被企业微信拒绝，或已存储的 Secret 已损坏，等待改好设置",
  },
  unreachable: { en: "waits for WeCom, which cannot be reached", zh: "无法连接企业微信，等待恢复" },
  wecom_busy: { en: "WeCom answered that it is busy", zh: "企业微信答复系统繁忙" },
  lookup_budget: {
    en: "waits to be looked up: the day's budget for numbers that no member has is spent",
    zh: "等待查询：当日未知号码的查询额度已用完",
  },
  lookup_paused: {
    en: "waits to be looked up: WeCom has closed the look-ups of the corp (45009)",
    zh: "等待查询：企业微信暂停了该企业的查询（45009）",
  },
  day_quota: {
    en: "waits for the next day: the app's person-times of today are used",
    zh: "应用当日的人次已用完，等待次日",
  },
  order: {
    en: "waits for the messages before it with the same order key",
    zh: "等待同一顺序键中排在前面的消息",
  },
  scheduled: { en: "scheduled", zh: "定时发送" },
  clock_set: {
    en: "the clock was set, and the message has expired by the old or the new time: waits five minutes to be sure of the new one",
    zh: "系统时钟被改过，按其中一个时间这条消息已过期：等新的时间持续五分钟后再决定发送还是过期",
  },
}
