import type { LimitSettings, Settings } from "../../../../src/settings.ts"
import type { Bilingual } from "../bilingual.ts"

/** A setting: what it is about, and what may be chosen. */
export type SettingSpec = { readonly about: Bilingual } & (
  | { readonly kind: "switch" }
  | { readonly kind: "number"; readonly unit?: Bilingual }
  /** `null` is what `none` says. */
  | { readonly kind: "numberOrNull"; readonly none: Bilingual }
  | { readonly kind: "choice"; readonly options: readonly Option[] }
)

interface Option {
  readonly value: string | number
  readonly means: Bilingual
}

type SwitchName = Exclude<keyof Settings, "limits">

export interface SettingGroup {
  readonly title: Bilingual
  readonly names: readonly SwitchName[]
}

export const GROUPS: readonly SettingGroup[] = [
  {
    title: { en: "Tokens and addresses", zh: "令牌与可信 IP" },
    names: ["dead_token_errcode", "repeat_token", "ip_check_gettoken", "ip_check_send"],
  },
  {
    title: { en: "Recipients", zh: "接收人" },
    names: [
      "toparty_subdepartments",
      "invalid_on_success",
      "invalid_on_failure",
      "nobody_left_errcode",
      "no_recipient_errcode",
      "lookup_misses_per",
    ],
  },
  {
    title: { en: "Duplicate check", zh: "重复消息检查" },
    names: ["duplicate_answer", "duplicate_prolongs", "duplicate_names_invalid"],
  },
  {
    title: { en: "Content", zh: "消息内容" },
    names: [
      "long_text",
      "long_markdown",
      "textcard_unit",
      "safe_news",
      "unknown_media",
      "expired_media_errcode",
      "long_robot_text",
      "unknown_robot_errcode",
    ],
  },
  {
    title: { en: "Form of requests and answers", zh: "请求与应答的格式" },
    names: ["strict_types", "json_mistakes", "errmsg_suffix", "error_headers"],
  },
  {
    title: { en: "Cards and callbacks", zh: "卡片与回调" },
    names: ["response_code_lifetime_s", "callback_verification", "callback_failure", "card_event_reply"],
  },
  {
    title: { en: "Contacts", zh: "通讯录" },
    names: ["contact_sync_details", "member_contact_details"],
  },
  {
    title: { en: "Smart robots", zh: "智能机器人" },
    names: ["bot_unknown_conversation", "bot_long_markdown", "bot_replaced"],
  },
  { title: { en: "Memory", zh: "内存" }, names: ["keep", "keep_bytes"] },
]

export const SETTING_SPECS: Readonly<Record<SwitchName, SettingSpec>> = {
  dead_token_errcode: {
    kind: "choice",
    about: {
      en: "What a token answers that has expired or was revoked",
      zh: "已过期或被吊销的令牌返回的错误码",
    },
    options: [
      { value: 42001, means: { en: "expired", zh: "已过期" } },
      { value: 40014, means: { en: "invalid", zh: "不合法" } },
    ],
  },
  repeat_token: {
    kind: "switch",
    about: {
      en: "gettoken gives the same token again while it lives",
      zh: "有效期内重复调用 gettoken 返回同一个令牌",
    },
  },
  ip_check_gettoken: {
    kind: "switch",
    about: {
      en: "gettoken already refuses callers outside trusted_ips (60020)",
      zh: "gettoken 就拒绝 trusted_ips 以外的调用方（60020）",
    },
  },
  ip_check_send: {
    kind: "switch",
    about: {
      en: "message/* refuses callers outside trusted_ips (60020), as look-ups always do",
      zh: "message/* 也拒绝 trusted_ips 以外的调用方（60020）；查询接口始终检查",
    },
  },
  toparty_subdepartments: {
    kind: "switch",
    about: { en: "toparty reaches the sub-departments too", zh: "toparty 同时发给子部门" },
  },
  invalid_on_success: {
    kind: "choice",
    about: {
      en: "invaliduser, invalidparty and invalidtag of a success when they have nothing to say",
      zh: "成功且没有无效接收人时，invaliduser、invalidparty、invalidtag 如何返回",
    },
    options: [
      { value: "omit", means: { en: "left out", zh: "不返回" } },
      { value: "empty", means: { en: "empty strings", zh: "返回空字符串" } },
    ],
  },
  invalid_on_failure: {
    kind: "choice",
    about: { en: "The form in which 81013 names the bad recipients", zh: "返回 81013 时，无效接收人的格式" },
    options: [
      { value: "string", means: { en: "a string with |", zh: "用 | 分隔的字符串" } },
      { value: "array", means: { en: "an array", zh: "数组" } },
      { value: "none", means: { en: "not at all", zh: "不返回" } },
    ],
  },
  nobody_left_errcode: {
    kind: "choice",
    about: { en: "When none of the recipients can be reached", zh: "所有接收人都无效时" },
    options: [
      { value: 81013, means: { en: "refused", zh: "报错" } },
      { value: 0, means: { en: "accepted, everybody in invaliduser", zh: "返回成功，全部列入 invaliduser" } },
    ],
  },
  no_recipient_errcode: {
    kind: "choice",
    about: { en: "When no recipient was named at all", zh: "没有填写任何接收人时返回的错误码" },
    options: [
      { value: 82001, means: { en: "as documented for this call", zh: "本接口文档所述" } },
      { value: 81012, means: { en: "also described so", zh: "另一处文档所述" } },
    ],
  },
  lookup_misses_per: {
    kind: "choice",
    about: { en: "Unsuccessful look-ups are counted together for", zh: "查询未命中的次数按什么合计" },
    options: [
      { value: "corp", means: { en: "all apps", zh: "整个企业" } },
      { value: "app", means: { en: "each app alone", zh: "每个应用" } },
    ],
  },
  duplicate_answer: {
    kind: "choice",
    about: {
      en: "The msgid in the answer to a suppressed duplicate, always with errcode 0",
      zh: "被去重的消息返回哪个 msgid（errcode 均为 0）",
    },
    options: [
      { value: "same_msgid", means: { en: "that of the first message", zh: "首次发送的 msgid" } },
      { value: "new_msgid", means: { en: "one of its own", zh: "新的 msgid" } },
      { value: "no_msgid", means: { en: "none", zh: "不返回" } },
    ],
  },
  duplicate_prolongs: {
    kind: "switch",
    about: { en: "A suppressed duplicate makes the interval start anew", zh: "被去重的消息会让时间间隔重新计算" },
  },
  duplicate_names_invalid: {
    kind: "switch",
    about: {
      en: "The answer to a suppressed duplicate names again whom the first one did not reach",
      zh: "被去重的应答中再次列出首次未送达的接收人",
    },
  },
  long_text: {
    kind: "choice",
    about: { en: "Text over 2048 bytes", zh: "文本超过 2048 字节时" },
    options: [
      { value: "cut", means: { en: "cut without a sign", zh: "静默截断" } },
      { value: "refuse", means: { en: "45002", zh: "返回 45002" } },
    ],
  },
  long_markdown: {
    kind: "choice",
    about: { en: "Markdown over 2048 bytes", zh: "Markdown 超过 2048 字节时" },
    options: [
      { value: "cut", means: { en: "cut without a sign", zh: "静默截断" } },
      { value: "refuse", means: { en: "45002", zh: "返回 45002" } },
      { value: "show", means: { en: "shown whole", zh: "完整显示" } },
    ],
  },
  textcard_unit: {
    kind: "choice",
    about: { en: "Title and description of a textcard are measured in", zh: "文本卡片标题和描述的长度单位" },
    options: [
      { value: "characters", means: { en: "current documentation", zh: "字符，现行文档" } },
      { value: "bytes", means: { en: "older documentation", zh: "字节，旧版文档" } },
    ],
  },
  safe_news: {
    kind: "choice",
    about: { en: "News with safe 1", zh: "图文消息（news）设置 safe 为 1 时" },
    options: [
      { value: "refuse", means: { en: "40074", zh: "返回 40074" } },
      { value: "ignore", means: { en: "sent as if safe were 0", zh: "忽略 safe，照常发送" } },
    ],
  },
  unknown_media: {
    kind: "choice",
    about: { en: "A media_id that was never uploaded here", zh: "没有在这里上传过的 media_id" },
    options: [
      { value: "refuse", means: { en: "40007", zh: "返回 40007" } },
      { value: "accept", means: { en: "taken as good", zh: "视为有效" } },
    ],
  },
  expired_media_errcode: {
    kind: "choice",
    about: { en: "What a media_id older than three days answers", zh: "超过三天的 media_id 返回的错误码" },
    options: [
      { value: 40007, means: { en: "invalid", zh: "不合法" } },
      { value: 40145, means: { en: "expired", zh: "已过期" } },
    ],
  },
  long_robot_text: {
    kind: "choice",
    about: { en: "Text of a group robot over 2,048 bytes", zh: "群机器人的文本超过 2048 字节时" },
    options: [
      { value: "refuse", means: { en: "40058, as documented", zh: "报错 40058（文档所述）" } },
      { value: "take", means: { en: "taken up to 5,120 bytes", zh: "接受，不超过 5120 字节" } },
    ],
  },
  unknown_robot_errcode: {
    kind: "choice",
    about: { en: "What a key answers that no group robot has", zh: "没有对应群机器人的 key 返回的错误码" },
    options: [
      { value: 93000, means: { en: "webhook address not valid", zh: "Webhook 地址无效" } },
      { value: 93019, means: { en: "robot id not valid", zh: "机器人 ID 不合法" } },
    ],
  },
  strict_types: {
    kind: "switch",
    about: {
      en: "Refuse a number in a string, as in agentid: 40056 there, 40035 elsewhere",
      zh: "拒绝以字符串形式传入的数字：agentid 返回 40056，其他字段返回 40035",
    },
  },
  json_mistakes: {
    kind: "choice",
    about: {
      en: "A body that is not JSON, or has fields of the wrong type",
      zh: "请求体不是 JSON，或字段类型有误时",
    },
    options: [
      { value: "warn", means: { en: "send to the rest and say so", zh: "忽略有误的部分，并在 errmsg 中提示" } },
      { value: "refuse", means: { en: "40058", zh: "返回 40058" } },
    ],
  },
  errmsg_suffix: {
    kind: "switch",
    about: {
      en: "errmsg of a refusal ends in a hint number, the caller's address and a link",
      zh: "报错的 errmsg 末尾附带 hint、调用方 IP 和链接",
    },
  },
  error_headers: {
    kind: "switch",
    about: {
      en: "Answers carry the headers Error-Code and Error-Msg",
      zh: "应答带有 Error-Code 和 Error-Msg 响应头",
    },
  },
  response_code_lifetime_s: {
    kind: "number",
    unit: { en: "seconds", zh: "秒" },
    about: {
      en: "How long a response_code can update its card: 259200 (72 h) by the current text, 86400 by the older one",
      zh: "response_code 的有效期：现行文档为 259200（72 小时），旧版为 86400（24 小时）",
    },
  },
  callback_verification: {
    kind: "choice",
    about: {
      en: "A new callback URL of the organisation is asked to decrypt a text",
      zh: "保存组织时，新的回调 URL 需解密一段文本",
    },
    options: [
      { value: "note", means: { en: "the result is only noted", zh: "只记录结果" } },
      { value: "refuse", means: { en: "as WeCom: refused where it fails", zh: "失败则拒绝，与企业微信一致" } },
      { value: "off", means: { en: "not asked", zh: "不验证" } },
    ],
  },
  callback_failure: {
    kind: "choice",
    about: { en: "What makes a callback be repeated", zh: "什么情况下重试回调" },
    options: [
      { value: "not_200", means: { en: "any status but 200", zh: "状态码不是 200" } },
      { value: "no_answer", means: { en: "only no answer", zh: "仅在没有应答时" } },
    ],
  },
  contact_sync_details: {
    kind: "switch",
    about: {
      en: "The contact-sync secret reads names and details, too. Off: ids alone, else 48009.",
      zh: "通讯录同步 Secret 可以读取姓名和详情。关闭时只能读取 ID，否则返回 48009。",
    },
  },
  member_contact_details: {
    kind: "switch",
    about: {
      en: "user/get and user/list show mobile and email, as they do to apps made before 20 June 2022.",
      zh: "user/get 和 user/list 返回手机号和邮箱，如同 2022-06-20 之前创建的应用。",
    },
  },
  card_event_reply: {
    kind: "choice",
    about: {
      en: "The passive reply of an app to a press on a card",
      zh: "应用对卡片点击事件的被动回复",
    },
    options: [
      { value: "applied", means: { en: "changes the card", zh: "更新卡片" } },
      { value: "ignored", means: { en: "changes nothing", zh: "不生效" } },
    ],
  },
  bot_unknown_conversation: {
    kind: "choice",
    about: {
      en: "A message of a smart robot to a member who never wrote to it",
      zh: "智能机器人发给从未与其对话的成员的消息",
    },
    options: [
      { value: "refuse", means: { en: "93006", zh: "返回 93006" } },
      { value: "show", means: { en: "is shown", zh: "照常显示" } },
    ],
  },
  bot_long_markdown: {
    kind: "choice",
    about: {
      en: "Markdown of a smart robot over 20,480 bytes",
      zh: "智能机器人超过 20480 字节的 Markdown",
    },
    options: [
      { value: "refuse", means: { en: "40058", zh: "返回 40058" } },
      { value: "cut", means: { en: "is cut silently", zh: "静默截断" } },
      { value: "show", means: { en: "is shown whole", zh: "完整显示" } },
    ],
  },
  bot_replaced: {
    kind: "choice",
    about: {
      en: "A connection of a smart robot when a newer one has come",
      zh: "智能机器人建立新连接之后，旧连接",
    },
    options: [
      { value: "stays_open", means: { en: "hears of it, and stays open", zh: "收到通知，保持打开" } },
      { value: "closed", means: { en: "hears of it, and is closed", zh: "收到通知并被关闭" } },
    ],
  },
  keep: {
    kind: "numberOrNull",
    none: { en: "all", zh: "全部" },
    about: {
      en: "How many calls and messages are remembered; a forgotten message can be neither recalled nor updated",
      zh: "保留多少条调用和消息；超出的消息不能再撤回或更新",
    },
  },
  keep_bytes: {
    kind: "numberOrNull",
    none: { en: "all", zh: "全部" },
    about: {
      en: "How many bytes of calls, and of messages, are remembered: the oldest calls lose body and answer, the oldest messages go whole",
      zh: "调用和消息各保留多少字节：最旧的调用先丢弃请求体和应答，最旧的消息整条丢弃",
    },
  },
}

const limit = (en: string, zh: string): SettingSpec => ({
  kind: "numberOrNull",
  none: { en: "off", zh: "不限" },
  about: { en, zh },
})

export const LIMIT_SPECS: Readonly<Record<keyof LimitSettings, SettingSpec>> = {
  member_per_minute: limit(
    "Messages of one app to one member a minute; the excess vanishes without a sign",
    "同一应用每分钟发给同一成员的消息数，超出部分静默丢弃",
  ),
  member_per_hour: limit(
    "Messages of one app to one member an hour; the excess vanishes without a sign",
    "同一应用每小时发给同一成员的消息数，超出部分静默丢弃",
  ),
  robot_per_minute: limit(
    "Messages of one group robot a minute; the first one beyond closes it for a minute (45009)",
    "单个群机器人每分钟的消息数，超出后关闭一分钟（45009）",
  ),
  chats_per_day: limit("Group chats that apps make a day (45009)", "应用每天创建的群聊数（45009）"),
  chat_changes_per_hour: limit("Changes of group chats an hour (45009)", "每小时修改群聊的次数（45009）"),
  chat_person_times_per_minute: limit(
    "Members reached by messages into group chats a minute, of all apps together (45009)",
    "所有应用每分钟向群聊发送的人次（45009）",
  ),
  chat_person_times_per_hour: limit(
    "Members reached by messages into group chats an hour, of all apps together (45009)",
    "所有应用每小时向群聊发送的人次（45009）",
  ),
  chat_member_per_minute: limit(
    "Messages into group chats of one app to one member a minute; the excess vanishes without a sign",
    "同一应用每分钟经群聊发给同一成员的消息数，超出部分静默丢弃",
  ),
  chat_member_per_day: limit(
    "Messages into group chats of one app to one member a day; the excess vanishes without a sign",
    "同一应用每天经群聊发给同一成员的消息数，超出部分静默丢弃",
  ),
  app_person_times_per_day: limit(
    "Person-times of one app a day; by default 200 for each of member_cap",
    "单个应用每天发送的人次，默认为 member_cap × 200",
  ),
  api_calls_per_minute: limit(
    "Calls of one API a minute, message/send excepted (45009)",
    "单个接口每分钟的调用次数，message/send 除外（45009）",
  ),
  api_calls_per_hour: limit(
    "Calls of one API an hour, message/send excepted (45009)",
    "单个接口每小时的调用次数，message/send 除外（45009）",
  ),
  lookup_misses_per_day: limit(
    "Unsuccessful look-ups of one kind a day, then closed until midnight in Beijing; by default a fifth of member_cap",
    "单个查询接口每天未命中的次数，超过后关闭到北京时间零点；默认为 member_cap 的 20%",
  ),
  debug_calls_per_minute: limit(
    "Calls of one API a minute with debug=1 (45009)",
    "单个接口每分钟带 debug=1 的调用次数（45009）",
  ),
  images_per_day: limit("Uploads of media/uploadimg a day", "media/uploadimg 每天的上传次数"),
  images_per_month: limit("Uploads of media/uploadimg in 30 days", "media/uploadimg 30 天内的上传次数"),
  concurrent_calls: limit("Calls of one API under way at once (45033)", "单个接口的并发调用数（45033）"),
  bot_conversations: limit(
    "Conversations that one smart robot sends into (45009 beyond)",
    "一个智能机器人可主动推送的会话数（超出返回 45009）",
  ),
  bad_secrets_per_hour: limit(
    "gettoken calls of one address an hour with a wrong secret; the next one bans it for an hour",
    "同一 IP 每小时 gettoken 失败的次数，再失败一次则封禁一小时",
  ),
}
