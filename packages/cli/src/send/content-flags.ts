import type { Bilingual, MessageType, RobotMessageType } from "@wecom-push/protocol"

/** A flag's value, as the help shows it. */
export const VALUES = { text: "<text>", json: "<json|@file>", file: "<path>" } as const

export interface ContentFlagEntry {
  readonly flag: string
  readonly takes: keyof typeof VALUES
  readonly msgtype: MessageType | RobotMessageType
  readonly help: Bilingual
  /** The ways by which WeCom does not take the type. Their help leaves the flag out. */
  readonly refusedBy?: readonly GroupWay[]
  /** Where a group robot's limit is another. */
  readonly helpOfRobot?: Bilingual
}

/** The ways into a group that have a command of their own. */
export type GroupWay = "chat" | "robot"

/** The flags that give the payload of a message type, by their property names, in the order of the help. */
export const contentFlags = {
  text: {
    flag: "--text",
    takes: "text",
    msgtype: "text",
    help: { en: "text, at most 2048 bytes", zh: "文本，最多 2048 字节" },
  },
  markdown: {
    flag: "--markdown",
    takes: "text",
    msgtype: "markdown",
    help: { en: "markdown, at most 2048 bytes", zh: "markdown，最多 2048 字节" },
    helpOfRobot: { en: "markdown, at most 4096 bytes", zh: "markdown，最多 4096 字节" },
  },
  markdownV2: {
    flag: "--markdown-v2",
    takes: "text",
    msgtype: "markdown_v2",
    help: {
      en: "markdown with lists and tables, of group robots alone, at most 4096 bytes",
      zh: "支持列表和表格的 markdown，仅用于群机器人，最多 4096 字节",
    },
    refusedBy: ["chat"],
  },
  textcard: {
    flag: "--textcard",
    takes: "json",
    msgtype: "textcard",
    help: { en: "text card", zh: "文本卡片" },
    refusedBy: ["robot"],
  },
  news: {
    flag: "--news",
    takes: "json",
    msgtype: "news",
    help: { en: "news (articles with links)", zh: "图文消息" },
  },
  mpnews: {
    flag: "--mpnews",
    takes: "json",
    msgtype: "mpnews",
    help: { en: "news stored by WeCom", zh: "图文消息（mpnews）" },
    refusedBy: ["robot"],
  },
  miniprogramNotice: {
    flag: "--miniprogram-notice",
    takes: "json",
    msgtype: "miniprogram_notice",
    help: { en: "mini-program notice", zh: "小程序通知消息" },
    refusedBy: ["chat", "robot"],
  },
  templateCard: {
    flag: "--template-card",
    takes: "json",
    msgtype: "template_card",
    help: { en: "template card", zh: "模板卡片" },
    refusedBy: ["chat"],
  },
  image: {
    flag: "--image",
    takes: "file",
    msgtype: "image",
    help: { en: "picture: JPG or PNG, at most 10 MB", zh: "图片：JPG 或 PNG，最大 10 MB" },
    helpOfRobot: { en: "picture: JPG or PNG, at most 2 MB", zh: "图片：JPG 或 PNG，最大 2 MB" },
  },
  voice: {
    flag: "--voice",
    takes: "file",
    msgtype: "voice",
    help: { en: "voice: AMR, at most 2 MB and 60 s", zh: "语音：AMR，最大 2 MB、最长 60 秒" },
  },
  video: {
    flag: "--video",
    takes: "file",
    msgtype: "video",
    help: { en: "video: MP4, at most 10 MB", zh: "视频：MP4，最大 10 MB" },
    refusedBy: ["robot"],
  },
  file: {
    flag: "--file",
    takes: "file",
    msgtype: "file",
    help: { en: "any file, at most 20 MB", zh: "任意文件，最大 20 MB" },
  },
} as const satisfies Readonly<Record<string, ContentFlagEntry>>

export const contentFlagEntries: readonly ContentFlagEntry[] = Object.values(contentFlags)

export type ContentFlag = keyof typeof contentFlags

export function isRefusedBy(way: GroupWay, { refusedBy = [] }: ContentFlagEntry): boolean {
  return refusedBy.includes(way)
}

export function isContentFlag(name: string): name is ContentFlag {
  return name in contentFlags
}
