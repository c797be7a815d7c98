import type { Language } from "@wecom-push/protocol"

export interface Words {
  readonly title: string
  readonly members: string
  /** After a number. */
  readonly membersInAll: string
  readonly search: string
  readonly nobody: string
  readonly back: string
  readonly phone: string
  readonly messages: string
  readonly offline: string
  readonly otherLanguage: string
  readonly empty: string
  readonly run: string
  readonly older: string
  readonly unlicensed: string
  readonly unknownMember: string
  readonly recalled: string
  readonly updated: string
  readonly confidential: string
  readonly details: string
  /** Of a card. */
  readonly menu: string
  /** What became of a press, by the state of its callback. */
  readonly pressed: Readonly<Record<"delivered" | "waiting" | "kept", string>>
  /** By `msgtype`. */
  readonly kinds: Readonly<Record<string, string>>
}

export const WORDS: Readonly<Record<Language, Words>> = {
  en: {
    title: "WeCom simulator",
    members: "Members",
    membersInAll: "members",
    search: "Name, userid, mobile, department",
    nobody: "Nobody like that here.",
    back: "Back to the members",
    phone: "Phone",
    messages: "Messages",
    offline: "The simulator does not answer. Trying again…",
    otherLanguage: "中文",
    empty: "No message on this phone yet.",
    run: "Send one from a terminal:",
    older: "Older messages are in",
    unlicensed: "no licence",
    unknownMember: "The organisation has no such member.",
    recalled: "Recalled",
    updated: "Card updated",
    confidential: "Confidential",
    details: "Details",
    menu: "More actions",
    pressed: {
      delivered: "The app has been told.",
      waiting: "The app did not take it; it is told again in 5 seconds.",
      kept: "The app has no callback URL; the event waits in /_sim/callbacks.",
    },
    kinds: { image: "Image", voice: "Voice", video: "Video", file: "File" },
  },
  zh: {
    title: "企业微信模拟器",
    members: "成员",
    membersInAll: "位成员",
    search: "姓名、账号、手机号、部门",
    nobody: "没有符合条件的成员。",
    back: "返回成员列表",
    phone: "手机",
    messages: "消息",
    offline: "连接不上模拟器，正在重试……",
    otherLanguage: "English",
    empty: "这部手机还没有收到消息。",
    run: "在终端里发一条试试：",
    older: "更早的消息见",
    unlicensed: "无许可",
    unknownMember: "企业里没有这个成员。",
    recalled: "已撤回",
    updated: "卡片已更新",
    confidential: "保密消息",
    details: "详情",
    menu: "更多操作",
    pressed: {
      delivered: "已通知应用。",
      waiting: "应用未正常接收，5 秒后重试。",
      kept: "应用没有配置回调 URL，事件保留在 /_sim/callbacks 中。",
    },
    kinds: { image: "图片", voice: "语音", video: "视频", file: "文件" },
  },
}

/** The one of our two languages that an Accept-Language header prefers. */
export function preferredLanguage(header = ""): Language {
  const ranked = header
    .split(",")
    .map((item) => {
      const [tag = "", ...parameters] = item.trim().toLowerCase().split(";")
      const weight = parameters.map((parameter) => /^\s*q=([\d.]+)$/.exec(parameter)?.[1]).find((q) => q !== undefined)
      return { tag: tag.split("-")[0], weight: Number(weight ?? 1) }
    })
    .filter(({ tag, weight }) => (tag === "zh" || tag === "en") && weight > 0)
    .sort((a, b) => b.weight - a.weight)
  return ranked[0]?.tag === "zh" ? "zh" : "en"
}
