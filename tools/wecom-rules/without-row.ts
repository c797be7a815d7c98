import type { Bilingual } from "@wecom-push/protocol"

/** Reasons why no test of the simulator has a row for a code of WeCom. */
export const REASONS = {
  state: {
    en: "a state of WeCom or of a corp that the simulator does not have; a fault answers it",
    zh: "属于企业微信或企业自身的状态，模拟器没有；可用故障注入返回",
  },
  other_code: {
    en: "another code says the same, and the simulator answers that one",
    zh: "另有错误码表示同样的意思，模拟器返回后者",
  },
  not_documented: {
    en: "what brings it about is documented nowhere: no call, no figure or no list",
    zh: "触发条件没有文档：未说明接口、数值或名单",
  },
  other_call: {
    en: "calls or settings that push does not need answer it",
    zh: "属于消息推送用不到的接口或设置",
  },
} as const satisfies Readonly<Record<string, Bilingual>>

interface CodeWithoutRow {
  readonly errcode: number
  readonly why: keyof typeof REASONS
  /** The code that the simulator answers. */
  readonly answered?: number
}

const because = (why: CodeWithoutRow["why"], ...errcodes: readonly number[]): readonly CodeWithoutRow[] =>
  errcodes.map((errcode) => ({ errcode, why }))

const answeredAs = (answered: number, ...errcodes: readonly number[]): readonly CodeWithoutRow[] =>
  errcodes.map((errcode) => ({ errcode, why: "other_code", answered }))

/** Codes of the catalogue that no table test of the simulator has a row for. @see wecom document 90313 */
export const WITHOUT_ROW: readonly CodeWithoutRow[] = [
  ...because("state", 6000, 40141, 45031, 45035, 45036, 48001, 48004, 48005, 48006, 48010, 50006, 60031, 81026, 301007),
  // The corp's authorisation, its seats and its licence for the API.
  ...because("state", 40133, 40134, 40135, 40136, 40137, 40138, 40139, 40140, 701008, 701016, 701063, 701099),
  ...answeredAs(40001, 40091),
  ...answeredAs(40013, 2000002),
  ...answeredAs(81013, 40031, 40066, 40070, 60021, 60030, 81011, 92000),
  ...answeredAs(60011, 50002),
  ...answeredAs(60003, 60123),
  ...answeredAs(46004, 60146, 60147, 60148),
  ...answeredAs(40032, 81014, 81017),
  ...answeredAs(40058, 40063),
  ...answeredAs(60140, 42022),
  ...answeredAs(90206, 90207, 90208),
  ...answeredAs(40004, 40123),
  ...answeredAs(301017, 301016),
  ...answeredAs(40050, 86003),
  // Forbidden words, excessive sizes, and fields of a chat that are optional according to the page of the call.
  ...because("not_documented", 40033, 40201, 40203, 40204, 40206, 42049, 45029, 82004, 85002),
  ...because("not_documented", 86202, 86203, 86206, 86220),
  // Template messages of third parties, openids, contact editing, chats of members, the console.
  ...because("other_call", 40036, 40037, 43004, 43009, 60136, 92002, 92003, 301021),
  ...because("other_call", 40057, 41018, 45030, 48008, 86101, 86217, 301015),
]

/** Figures of WeCom's pages that the simulator does not count. @see wecom document 90312 */
export const LIMITS_WITHOUT_ROW: readonly { readonly limit: Bilingual; readonly why: Bilingual }[] = [
  {
    limit: {
      en: "20,000 calls a minute and 600,000 an hour of one API by one address, or 40,000 and 1,200,000 by a provider's",
      zh: "单个 IP 调用单个接口每分钟 2 万次、每小时 60 万次；服务商为 4 万次、120 万次",
    },
    why: {
      en: "all programs that talk to a simulator have one address, and the corp's own limit is met first",
      zh: "访问模拟器的程序都来自同一地址，且会先达到企业自身的限制",
    },
  },
  {
    limit: { en: "how often a token may be fetched", zh: "获取 access_token 的频率" },
    why: {
      en: "no figure is published; the ban for wrong secrets is counted (`bad_secrets_per_hour`)",
      zh: "没有公布数值；Secret 错误的封禁会计数（`bad_secrets_per_hour`）",
    },
  },
  {
    limit: { en: "how often one file may be downloaded (45033)", zh: "反复下载同一素材（45033）" },
    why: { en: "no figure is published", zh: "没有公布数值" },
  },
  {
    limit: { en: "400 and 100 JS-SDK tickets an hour", zh: "jsapi_ticket 每小时 400 次和 100 次" },
    why: REASONS.other_call,
  },
  {
    limit: {
      en: "20 bytes of a text that is read in WeChat, where the app always opens its home page there",
      zh: "应用设置为始终进入主页时，在微信中阅读的文本截断为 20 字节",
    },
    why: {
      en: "phones of the simulator are WeCom's, not the plugin in WeChat",
      zh: "模拟器的手机是企业微信客户端，不是微信插件",
    },
  },
]
