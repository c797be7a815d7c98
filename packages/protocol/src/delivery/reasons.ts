import type { Bilingual, Language } from "../language.ts"

/** Why a recipient is not `sent`, as one word for a program to compare. `explainReason` gives the sentence. */
export type ReasonWord =
  | "malformed_mobile"
  | "impossible_mobile"
  | "malformed_email"
  | "malformed_userid"
  | "malformed_chatid"
  | "no_visible_member"
  | "no_visible_member_cached"
  | "lookup_paused"
  | "outside_visible_range"
  | "no_licence"
  | "no_conversation"
  | "refused_alone"
  | "call_refused"
  | "not_started"
  | "unreachable"
  | "unusable_answer"
  | "deadline"
  | "aborted"
  | "answer_lost"
  | "probably_sent"

/** Reasons that only the gateway has: it waits, keeps files and continues after a crash. */
export type GatewayReason =
  | "no_check"
  | "crash_loop"
  | "body_damaged"
  | "recalled_in_doubt"
  | "restored_backup"
  | "app_removed"
  | "media_refused"
  | "media_missing"
  | "cancelled"
  | "expired"
  | "parts_recalled"

/** With `overflow: "split"`: the parts before the named one did arrive. */
export type Reason = ReasonWord | `part_${number}_of_${number}_${ReasonWord}`

/**
 * The sentence for a reason: what is wrong and what to do. Text that is not a reason of ours is returned unchanged.
 * @example explainReason("no_licence", "zh")
 */
export function explainReason(reason: string, language: Language): string {
  const part = /^part_(\d+)_of_(\d+)_(\w+)$/.exec(reason)
  if (part === null) return isReasonWord(reason) ? REASONS[reason][language] : reason
  const [, number = "", total = "", word = ""] = part
  const before = NOT_TRIED.has(word) ? REST[language] : PART[language]
  return `${before(number, total)}${explainReason(word, language)}`
}

/**
 * The reason for a recipient who got the parts before this one.
 * @param part from 0
 */
export function reasonOfPart<Word extends string>(
  reason: Word,
  part: number,
  partCount: number,
): Word | `part_${number}_of_${number}_${Word}` {
  return part === 0 ? reason : `part_${part + 1}_of_${partCount}_${reason}`
}

export function isReasonWord(word: string): word is ReasonWord | GatewayReason {
  return Object.hasOwn(REASONS, word)
}

const PART = {
  en: (number: string, total: string) => `Part ${number} of ${total} failed, the parts before it were sent. `,
  zh: (number: string, total: string) => `拆分后共 ${total} 条，第 ${number} 条未送出，之前的已发送。`,
}

/** Reasons with which the named part was never tried. */
const NOT_TRIED: ReadonlySet<string> = new Set(["cancelled", "expired"])

const REST = {
  en: (number: string, total: string) =>
    `Part ${number} of ${total} and what follows were not sent, the parts before it were. `,
  zh: (number: string, total: string) => `拆分后共 ${total} 条，从第 ${number} 条起未发送，之前的已发送。`,
}

export const REASONS: Readonly<Record<ReasonWord | GatewayReason, Bilingual>> = {
  malformed_mobile: {
    en: "This is not a mobile number. Write 11 digits, or + and the country code for numbers outside China.",
    zh: "手机号格式不对。请填 11 位号码，境外号码请加 + 和国家或地区代码。",
  },
  impossible_mobile: {
    en: 'By the numbering rules no mobile has this number, so WeCom was not asked. Write 11 digits, or + and the country code for numbers outside China. If the contacts have this number, let WeCom check it: mobileCheck: "length" in the SDK, --mobile-check length in the command, "mobile_check": "length" in a request or in the gateway\'s app settings.',
    zh: '按号码规则，没有这样的手机号，因此没有向企业微信查询。请填 11 位号码，境外号码请加 + 和国家或地区代码。如果通讯录中确实是这个号码，可以让企业微信来判断：SDK 用 mobileCheck: "length"，命令行用 --mobile-check length，网关在请求或应用设置中写 "mobile_check": "length"。',
  },
  malformed_email: {
    en: "This is not an email address, or it is longer than 64 bytes.",
    zh: "邮箱格式不对，或超过 64 字节。",
  },
  malformed_userid: {
    en: "This is not a userid (账号): 1 to 64 of A-Z a-z 0-9 - _ . @. A name is not allowed; the contacts show the userid.",
    zh: "这不是 userid（账号）：应为 1～64 个字母、数字或 - _ . @，不能填姓名。成员的账号可在通讯录中查看。",
  },
  malformed_chatid: {
    en: "This is not a chatid: 1 to 64 letters, digits, - and _. A group's name is not allowed; the gateway's GET /v1/chats lists the chatids.",
    zh: "这不是 chatid：应为 1～64 个字母、数字、- 或 _，不能填群名。网关的 GET /v1/chats 列出各群聊的 chatid。",
  },
  no_visible_member: {
    en: "No member has this number or address, or the app may not see them; WeCom does not tell which. Check the contacts and the app's visible range (可见范围).",
    zh: "没有成员使用这个手机号或邮箱，或者该成员不在应用可见范围内（企业微信不区分这两种情况）。请核对通讯录和应用的可见范围。",
  },
  no_visible_member_cached: {
    en: "WeCom said a short while ago that no member visible to the app has this number or address. That answer is remembered; to ask again, use `--fresh` (command), `fresh` (API) or `retry` (gateway).",
    zh: "企业微信不久前答复：应用可见范围内没有成员使用这个手机号或邮箱（缓存结果）。命令用 --fresh、API 用 fresh 重新查询；通过网关发送时也可用 retry。",
  },
  lookup_paused: {
    en: "WeCom has closed look-ups of this corp for a while (45009), so WeCom was not asked. Send again after that, or use the userid.",
    zh: "企业微信暂时停止了本企业的查询（45009），因此没有查询此人。请在限制解除后重发，或直接使用 userid。",
  },
  outside_visible_range: {
    en: "WeCom does not know this recipient, or it is outside the app's visible range (可见范围).",
    zh: "接收人不存在，或不在应用的可见范围内。",
  },
  no_licence: {
    en: "This member has no basic API licence (基础接口许可), or it has expired. An administrator assigns one in the console.",
    zh: "该成员没有基础接口许可，或许可已过期。请管理员在管理后台分配。",
  },
  no_conversation: {
    en: "A smart robot can write only after a member has written to it. Ask the member, or one of the group, to do so, then use `retry`.",
    zh: "智能机器人只能在已有的会话中发消息。请让该成员（或群成员）先给机器人发一条消息，再用 retry 重发。",
  },
  refused_alone: {
    en: "WeCom refused a call to this recipient alone; the errcode says why.",
    zh: "单独发给该接收人时被企业微信拒绝，原因见 errcode。",
  },
  call_refused: {
    en: "WeCom refused the call; the recipient is not the cause. The errcode says why.",
    zh: "企业微信拒绝了这次调用，与接收人无关，原因见 errcode。",
  },
  not_started: {
    en: "Nothing was sent to this recipient: an earlier call failed for a reason that concerns everyone.",
    zh: "没有向该接收人发送：之前的调用失败，且原因与所有接收人有关。",
  },
  unreachable: {
    en: "WeCom could not be reached; nothing was sent to this recipient. Repeating is safe.",
    zh: "无法连接企业微信，没有向该接收人发送，可以放心重发。",
  },
  unusable_answer: {
    en: "The answer was not WeCom's, perhaps a proxy's or gateway's. Nothing was sent to this recipient.",
    zh: "收到的应答不是企业微信的格式，可能来自中间的代理或网关；没有向该接收人发送。",
  },
  deadline: {
    en: "Time ran out before anything was sent to this recipient. Repeating is safe.",
    zh: "在发给该接收人之前已超时，可以放心重发。",
  },
  aborted: {
    en: "The send was aborted before anything went to this recipient.",
    zh: "发送已取消，没有向该接收人发送。",
  },
  answer_lost: {
    en: "The answer to the request was lost, so the message may have arrived. Check before you send it again.",
    zh: "请求已发出但没有收到应答，消息可能已送达。重发之前请先确认。",
  },
  probably_sent: {
    en: "The answer to the first try was lost. At the second, WeCom knew the card's task_id (42014), so the card has probably arrived.",
    zh: "首次请求的应答丢失，重试时企业微信提示 task_id 已存在（42014），卡片很可能已经送达。",
  },
  no_check: {
    en: "The answer was lost. An equal message was sent shortly before, so WeCom's duplicate check could not make a repeat safe. `retry` sends it again.",
    zh: "应答丢失；由于不久前发过内容相同的消息，无法使用企业微信的重复消息检查，自动重发不安全。确认未收到后可用 retry 重发。",
  },
  crash_loop: {
    en: "The gateway ended several times during this call and no longer tries it. `retry` sends it again.",
    zh: "发送这次调用时网关多次异常退出，因此不再自动尝试。确认后可用 retry 重发。",
  },
  body_damaged: {
    en: "The stored body of this call was damaged, so it was not sent. `retry` builds it again.",
    zh: "这次调用保存的内容已损坏，没有发送。可用 retry 重新生成。",
  },
  recalled_in_doubt: {
    en: "The message was cancelled or recalled after the answer to a call was lost. It may have arrived and is not sent again.",
    zh: "消息被取消或撤回之前，某次调用没有收到应答，因此可能已经送达；不会再重发。",
  },
  restored_backup: {
    en: "The database was restored from a backup; it is unknown whether this was sent after the backup. `retry` sends it again.",
    zh: "数据库是从备份恢复的，无法确定期间是否已经发出。确认未收到后可用 retry 重发。",
  },
  app_removed: {
    en: "The app, or the one in its setting `people`, was removed before the message was sent, so nothing was sent. Send it through an app that exists.",
    zh: "应用（或其 people 设置所指的应用）在消息发出之前被删除，因此没有发送。请改用现有的应用发送。",
  },
  media_refused: { en: "WeCom does not take the file.", zh: "企业微信不接受这个文件。" },
  media_missing: {
    en: "The gateway no longer has the file as it was uploaded. Upload it again and send a new message.",
    zh: "网关中已没有这个文件，或内容与上传时不一致；请重新上传后再发送。",
  },
  cancelled: {
    en: "Cancelled after some parts were sent. `retry` sends the whole text again.",
    zh: "消息在发送中途被取消。retry 会重新发送完整文本。",
  },
  expired: {
    en: "Expired after some parts were sent. `retry` sends the whole text again.",
    zh: "消息在发送中途过期。retry 会重新发送完整文本。",
  },
  parts_recalled: {
    en: "The sent parts were recalled, and the rest was cancelled. `retry` sends the whole text again.",
    zh: "已发送的部分已撤回，其余部分已取消。retry 会重新发送完整文本。",
  },
}
