/** What the client itself says around a message. */
export interface Words {
  readonly recalled: string
  readonly unknownType: (msgtype: string) => string
  readonly unknownCard: (cardType: string) => string
  readonly gone: Readonly<Record<"image" | "voice" | "video" | "file", string>>
  readonly picture: string
  readonly pictureFailed: string
  readonly unnamedFile: string
  readonly play: (seconds: number | undefined) => string
  readonly stop: string
  readonly download: (name: string) => string
  readonly voiceNotPlayable: string
  readonly details: string
  readonly miniProgram: string
  readonly openMiniProgram: string
  readonly member: (name: string) => string
  readonly menu: string
  readonly submit: string
  readonly choose: string
  readonly options: string
  readonly pressed: string
  readonly pressedNote: (key: string) => string
  readonly readOriginal: string
  readonly close: string
}

export const WORDS: Readonly<Record<"zh" | "en", Words>> = {
  zh: {
    recalled: "该消息已撤回",
    unknownType: (msgtype) => `无法显示的消息类型：${msgtype}`,
    unknownCard: (cardType) => `无法显示的卡片类型：${cardType}`,
    gone: {
      image: "图片已过期或已被清理",
      voice: "语音已过期或已被清理",
      video: "视频已过期或已被清理",
      file: "文件已过期或已被清理",
    },
    picture: "图片",
    pictureFailed: "图片加载失败",
    unnamedFile: "未命名文件",
    play: (seconds) => (seconds === undefined ? "播放语音" : `播放语音，${seconds} 秒`),
    stop: "停止播放",
    download: (name) => `下载 ${name}`,
    voiceNotPlayable: "浏览器无法播放 AMR，点此下载",
    details: "详情",
    miniProgram: "小程序",
    openMiniProgram: "进入小程序查看",
    member: (name) => `成员 ${name}`,
    menu: "更多操作",
    submit: "提交",
    choose: "请选择",
    options: "选项",
    pressed: "已选择",
    pressedNote: (key) => `已选择：${key}`,
    readOriginal: "阅读原文",
    close: "关闭",
  },
  en: {
    recalled: "This message was recalled",
    unknownType: (msgtype) => `A message of this type cannot be shown: ${msgtype}`,
    unknownCard: (cardType) => `A card of this type cannot be shown: ${cardType}`,
    gone: {
      image: "The picture has expired or was removed",
      voice: "The voice message has expired or was removed",
      video: "The video has expired or was removed",
      file: "The file has expired or was removed",
    },
    picture: "Picture",
    pictureFailed: "The picture did not load",
    unnamedFile: "Unnamed file",
    play: (seconds) => `Play voice message${seconds === undefined ? "" : `, ${seconds} s`}`,
    stop: "Stop",
    download: (name) => `Download ${name}`,
    voiceNotPlayable: "This browser plays no AMR: download it",
    details: "Details",
    miniProgram: "Mini Program",
    openMiniProgram: "Open in Mini Program",
    member: (name) => `Member ${name}`,
    menu: "More actions",
    submit: "Submit",
    choose: "Choose",
    options: "Options",
    pressed: "Chosen",
    pressedNote: (key) => `Chosen: ${key}`,
    readOriginal: "Read the original",
    close: "Close",
  },
}
