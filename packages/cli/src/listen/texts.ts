import type { Bilingual } from "@wecom-push/protocol"
import { sayingFrom } from "../saying.ts"
import type { Saying } from "../saying.ts"

/** Texts of `listen` alone. */
export const listenTexts = {
  cannotListen: { en: "Nothing can be received ({count} faults).", zh: "无法接收回调（{count} 处问题）。" },
  tokenMissing: {
    en: "not set; it is the Token of the app's settings (接收消息).",
    zh: "未设置；请填写应用“接收消息”设置中的 Token。",
  },
  badToken: {
    en: "not 1 to 32 letters and digits; copy the Token from the app's settings (接收消息).",
    zh: "应为 1–32 位字母或数字，请从应用“接收消息”设置中复制 Token。",
  },
  keyMissing: {
    en: "not set; it is the EncodingAESKey of the app's settings (接收消息).",
    zh: "未设置；请填写应用“接收消息”设置中的 EncodingAESKey。",
  },
  badKey: {
    en: "43 letters and digits are needed, there are {count} characters; copy the EncodingAESKey from the app's settings (接收消息).",
    zh: "应为 43 位字母或数字，当前 {count} 个字符，请从应用“接收消息”设置中复制 EncodingAESKey。",
  },
  trySimulator: {
    en: "To try it without WeCom: npx wecom-push simulate, then npx wecom-push listen beside it.",
    zh: "不连企业微信试用：先运行 npx wecom-push simulate，再另开终端运行 npx wecom-push listen。",
  },
  noSuchApp: {
    en: "the simulator at {url} has no app {agentId}; it has {agentIds}.",
    zh: "{url} 的模拟企业微信没有应用 {agentId}，现有：{agentIds}。",
  },
  noKeysInSimulator: {
    en: "App {agentId} of the simulator at {url} has no Token or EncodingAESKey.",
    zh: "{url} 的模拟企业微信中，应用 {agentId} 没有设置 Token 或 EncodingAESKey。",
  },
  simulatorRefused: {
    en: "The simulator at {url} does not take the address {address}: {what}",
    zh: "{url} 的模拟企业微信没有接受回调地址 {address}：{what}",
  },
  listeningFor: {
    en: "Listening at {address} for app {agentId} of the simulator at {url}. Ctrl-C stops it.",
    zh: "正在 {address} 接收 {url} 模拟企业微信中应用 {agentId} 的回调。按 Ctrl-C 停止。",
  },
  listeningAt: {
    en: "Listening at {address}. Give WeCom (接收消息 → 设置API接收) an address that leads here. Ctrl-C stops it.",
    zh: "正在 {address} 接收回调。请在企业微信后台（接收消息 → 设置API接收）填写能访问到此处的地址。按 Ctrl-C 停止。",
  },
  addressTaken: {
    en: "Until then app {agentId} calls here and not {before}.",
    zh: "在此期间，应用 {agentId} 的回调发到这里，不再发往 {before}。",
  },
  notRestored: {
    en: "The former address could not be restored in the simulator at {url}.",
    zh: "未能在 {url} 的模拟企业微信中恢复原来的回调地址。",
  },
  refused: { en: "A request was refused. {why}", zh: "拒绝了一个请求。{why}" },
  notTold: { en: "An event could not be printed: {what}", zh: "无法输出事件：{what}" },
  readerGone: {
    en: "The output was closed. An event that was not printed was not acknowledged: WeCom sends it again.",
    zh: "输出已无人读取。未输出的事件没有应答，企业微信会再次推送。",
  },
  stopped: { en: "Stopped.", zh: "已停止。" },
} as const satisfies Record<string, Bilingual>

export const say: Saying<typeof listenTexts> = sayingFrom(listenTexts)

/** WeCom's events, by their kind. Others have WeCom's names. */
export const kindTexts = {
  text: { en: "text", zh: "文本消息" },
  image: { en: "picture", zh: "图片消息" },
  voice: { en: "voice", zh: "语音消息" },
  video: { en: "video", zh: "视频消息" },
  location: { en: "place", zh: "位置消息" },
  link: { en: "link", zh: "链接消息" },
  template_card_event: { en: "card pressed", zh: "点击卡片" },
  template_card_menu_event: { en: "card menu", zh: "点击卡片菜单" },
  taskcard_click: { en: "task card pressed", zh: "点击任务卡片" },
  enter_agent: { en: "opened the app", zh: "进入应用" },
  subscribe: { en: "sees the app now", zh: "关注应用" },
  unsubscribe: { en: "sees the app no more", zh: "取消关注" },
  LOCATION: { en: "location of a member", zh: "上报位置" },
  click: { en: "app menu", zh: "点击菜单" },
  view: { en: "app menu link", zh: "点击菜单链接" },
  change_contact: { en: "contacts changed", zh: "通讯录变更" },
} as const satisfies Record<string, Bilingual>
