import type { Bilingual } from "../language.ts"

/** The texts of a state: a word for a table, a sentence for a user who asks. */
export interface StateTexts {
  readonly word: Bilingual
  readonly meaning: Bilingual
}

/** The result of a recipient. All states except `pending` are final; the gateway's `retry` may send to some of them again. */
export const RECIPIENT_STATES = [
  "pending",
  "sent",
  "not_found",
  "invalid",
  "unlicensed",
  "failed",
  "in_doubt",
  "suppressed",
  "cancelled",
  "expired",
  "recalled",
  // At the end, though it is similar to `unlicensed`: databases store the index in this list.
  "not_opened",
] as const
export type RecipientState = (typeof RECIPIENT_STATES)[number]

export const RECIPIENT_STATE_TEXTS: Readonly<Record<RecipientState, StateTexts>> = {
  pending: {
    word: { en: "pending", zh: "待发送" },
    meaning: { en: "Waits for its turn, or for what its reason says.", zh: "等待中：排队，或等待 reason 所说的事。" },
  },
  sent: {
    word: { en: "sent", zh: "已发送" },
    meaning: {
      en: "WeCom accepted the message for this recipient, who may not have read it.",
      zh: "企业微信已受理发给该接收人的消息，不代表对方已读。",
    },
  },
  not_found: {
    word: { en: "not found", zh: "查无此人" },
    meaning: {
      en: "No member has this number or address, or the app may not see them; WeCom does not tell which.",
      zh: "没有成员使用这个手机号或邮箱，或者应用看不到该成员（企业微信不区分这两种情况）。",
    },
  },
  invalid: {
    word: { en: "invalid", zh: "无效" },
    meaning: {
      en: "The address is malformed, or WeCom does not know the id, or it is outside the app's visible range.",
      zh: "地址格式不对，或者企业微信不认识这个 ID，或者不在应用的可见范围内。",
    },
  },
  unlicensed: {
    word: { en: "unlicensed", zh: "无许可" },
    meaning: { en: "The member has no basic API licence (基础接口许可).", zh: "该成员没有基础接口许可。" },
  },
  failed: {
    word: { en: "failed", zh: "失败" },
    meaning: {
      en: "Nothing was sent to this recipient, who is not the cause. If WeCom refused, the errcode says why.",
      zh: "没有发给该接收人，且与接收人无关；如果是企业微信拒绝，原因见 errcode。",
    },
  },
  in_doubt: {
    word: { en: "in doubt", zh: "存疑" },
    meaning: {
      en: "The answer to the call was lost, so the message may have arrived. It is not repeated.",
      zh: "没有收到这次调用的应答，消息可能已经送达；不再自动重发。",
    },
  },
  suppressed: {
    word: { en: "suppressed", zh: "重复未发" },
    meaning: {
      en: "The caller asked for WeCom's duplicate check, and an equal body was sent within its interval.",
      zh: "调用方启用了企业微信的重复消息检查，且间隔内已发出相同的内容。",
    },
  },
  cancelled: {
    word: { en: "cancelled", zh: "已取消" },
    meaning: {
      en: "Cancelled before it was sent. If parts of a split text were sent, the reason says which.",
      zh: "发出之前已取消；拆成多条的文本若已发出一部分，由 reason 说明。",
    },
  },
  expired: {
    word: { en: "expired", zh: "已过期" },
    meaning: {
      en: "`expires_at` passed before it was sent. If parts of a split text were sent, the reason says which.",
      zh: "到 `expires_at` 时仍未发出；拆成多条的文本若已发出一部分，由 reason 说明。",
    },
  },
  recalled: {
    word: { en: "recalled", zh: "已撤回" },
    meaning: { en: "Recalled after it was sent.", zh: "发送之后已撤回。" },
  },
  not_opened: {
    word: { en: "not opened", zh: "未开启会话" },
    meaning: {
      en: "This member or group never wrote to the smart robot, so there is no conversation.",
      zh: "智能机器人与该接收人之间没有会话：成员（或群聊）从未给机器人发过消息。",
    },
  },
}

export type StateCounts = Readonly<Record<RecipientState, number>>

export const MESSAGE_STATES = [
  "scheduled",
  "queued",
  "sending",
  "sent",
  "partly_sent",
  "in_doubt",
  "failed",
  "cancelled",
  "expired",
  "recalled",
] as const
export type MessageState = (typeof MESSAGE_STATES)[number]

export const MESSAGE_STATE_TEXTS: Readonly<Record<MessageState, StateTexts>> = {
  scheduled: {
    word: { en: "scheduled", zh: "待定时发送" },
    meaning: { en: "`send_at` is ahead.", zh: "未到 `send_at`。" },
  },
  queued: {
    word: { en: "queued", zh: "排队中" },
    meaning: { en: "Due, and no call has begun.", zh: "已到时间，尚未开始调用。" },
  },
  sending: {
    word: { en: "sending", zh: "发送中" },
    meaning: { en: "A call has begun, and some recipients are pending.", zh: "已开始调用，仍有接收人等待。" },
  },
  sent: {
    word: { en: "sent", zh: "已发送" },
    meaning: { en: "All recipients are sent or suppressed.", zh: "所有接收人均已发送（或重复未发）。" },
  },
  partly_sent: {
    word: { en: "partly sent", zh: "部分已发送" },
    meaning: { en: "Some recipients are sent or suppressed.", zh: "部分接收人已发送（或重复未发）。" },
  },
  in_doubt: {
    word: { en: "in doubt", zh: "存疑" },
    meaning: { en: "No recipient sent; at least one in doubt.", zh: "没有接收人已发送，且至少一人存疑。" },
  },
  failed: {
    word: { en: "failed", zh: "失败" },
    meaning: { en: "No recipient got it.", zh: "没有人收到。" },
  },
  cancelled: {
    word: { en: "cancelled", zh: "已取消" },
    meaning: { en: "All recipients are cancelled.", zh: "所有接收人均已取消。" },
  },
  expired: {
    word: { en: "expired", zh: "已过期" },
    meaning: { en: "All recipients are expired.", zh: "所有接收人均已过期。" },
  },
  recalled: {
    word: { en: "recalled", zh: "已撤回" },
    meaning: { en: "All recipients are recalled.", zh: "所有接收人均已撤回。" },
  },
}

export interface Progress {
  readonly counts: StateCounts
  /** Whether a call was made or has begun. */
  readonly started: boolean
  /** Milliseconds since 1970. */
  readonly sendAt: number
}

/** A message has no state of its own: it follows from its recipients, whether a call has started, and the time. */
export function messageState({ counts, started, sendAt }: Progress, now: number): MessageState {
  if (counts.pending > 0) return started ? "sending" : sendAt > now ? "scheduled" : "queued"
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0)
  const reached = counts.sent + counts.suppressed
  if (reached === total) return "sent"
  if (reached > 0) return "partly_sent"
  if (counts.in_doubt > 0) return "in_doubt"
  for (const state of ["cancelled", "expired", "recalled"] as const) {
    if (counts[state] === total) return state
  }
  return "failed"
}

/** @throws for a word that is not a state */
export function parseMessageState(word: string): MessageState {
  if (!isMessageState(word)) throw new TypeError(`${word} is not a state of a message`)
  return word
}

export function isMessageState(word: string): word is MessageState {
  return Object.hasOwn(MESSAGE_STATE_TEXTS, word)
}
