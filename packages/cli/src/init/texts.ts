import type { Bilingual } from "@wecom-push/protocol"
import { sayingFrom } from "../saying.ts"
import type { Saying } from "../saying.ts"

/** Texts of `init`. The names of pages and fields are those of WeCom's console, which is in Chinese. */
export const initTexts = {
  corpId: {
    en: "Corp id (企业ID): in the admin console work.weixin.qq.com, 我的企业 → 企业信息, at the bottom",
    zh: "企业 ID：管理后台 work.weixin.qq.com → 我的企业 → 企业信息，页面最下方",
  },
  agentId: {
    en: "AgentId: in the admin console, 应用管理 → your app, at the top",
    zh: "AgentId：管理后台 → 应用管理 → 你的应用，页面上方",
  },
  secret: {
    en: "Secret: on the same page below AgentId; 查看 sends it to the administrator's WeCom",
    zh: "Secret：同一页面 AgentId 下方，点击“查看”后发到管理员的企业微信",
  },
  needed: { en: "It is needed.", zh: "必填。" },
  corpIdForm: {
    en: "A corp id has no blanks, as in ww0123456789abcdef.",
    zh: "企业 ID 不含空白，例如 ww0123456789abcdef。",
  },
  agentIdForm: { en: "An AgentId is a whole number, as in 1000002.", zh: "AgentId 是整数，例如 1000002。" },
  again: { en: "What now?", zh: "接下来？" },
  choiceKeys: { en: " (↑/↓, then Enter)", zh: "（↑/↓ 选择，回车确认）" },
  againSame: { en: "try again, after a change in the console or the network", zh: "在后台或网络中修改后再试一次" },
  againCorpId: { en: "enter another corp id", zh: "重新输入企业 ID" },
  againAgentId: { en: "enter another AgentId", zh: "重新输入 AgentId" },
  againSecret: { en: "enter another secret", zh: "重新输入 Secret" },
  againStopEarly: {
    en: "stop here; what you entered is not kept, since WeCom refused it",
    zh: "先到这里；企业微信拒绝了这些值，所以不会保存",
  },
  againStop: { en: "stop here; the next `wecom-push init` continues", zh: "先到这里，下次运行 wecom-push init 会继续" },
  where: { en: "Where should the gateway keep its messages?", zh: "网关把消息保存在哪里？" },
  whereFile: { en: "in one file (SQLite): one gateway", zh: "一个文件（SQLite）：单个网关" },
  wherePostgres: { en: "in PostgreSQL: one or several gateways", zh: "PostgreSQL：一个或多个网关" },
  whereNone: { en: "no gateway: the command and the SDK need none", zh: "不用网关：命令和 SDK 不需要网关" },
  file: { en: "Path of the file", zh: "文件路径" },
  postgres: {
    en: "Address of the database, postgres://USER:PASSWORD@HOST/DATABASE",
    zh: "数据库地址，postgres://USER:PASSWORD@HOST/DATABASE",
  },
  againDatabase: { en: "enter another database", zh: "重新输入数据库" },
  whom: {
    en: "Who gets the first message? A mobile number or a userid; leave empty to send none now",
    zh: "第一条消息发给谁？手机号或 userid；留空表示暂不发送",
  },
  firstMessage: {
    en: "wecom-push is set up. This is its first message.",
    zh: "wecom-push 已配置完成，这是第一条消息。",
  },
  messageSent: { en: "WeCom accepted it for {who}.", zh: "企业微信已受理发给 {who} 的消息。" },
  noMessage: { en: "None was sent: no --mobile and no --user.", zh: "没有发送：未给出 --mobile 或 --user。" },
  noMessageNow: { en: "None was sent.", zh: "没有发送。" },
  noDatabase: { en: "No gateway was set up.", zh: "未配置网关。" },
  missing: {
    en: "missing ({meaning}): give {flag}, or run `wecom-push init` at a terminal.",
    zh: "缺少（{meaning}）：请用 {flag} 给出，或在终端运行 wecom-push init。",
  },
  overridden: {
    en: "{name} ({where}) has another value, and counts before .env: correct it there, too.",
    zh: "{name}（{where}）是另一个值，优先于 .env：请在那里一并改正。",
  },
  missingMany: {
    en: "Without a terminal `init` needs more ({count}):",
    zh: "不在终端中运行时，init 还需要（{count} 项）：",
  },
  oneOfBoth: { en: "give --mobile or --user, not both", zh: "--mobile 和 --user 只能给出一个" },
  stopped: {
    en: "Stopped. `wecom-push init` continues where it was.",
    zh: "已停止。再次运行 wecom-push init 会从这里继续。",
  },
  stoppedEarly: {
    en: "Stopped before WeCom accepted the values: none was written. `wecom-push init` asks for them again.",
    zh: "已停止。企业微信还没有接受这些值，所以都没有写入；再次运行 wecom-push init 会重新询问。",
  },
  written: { en: "{names} in {path}, which only you can read", zh: "{names} 已写入 {path}，仅你可读" },
  masterKeyMade: {
    en: "WECOM_PUSH_MASTER_KEY was made: it encrypts the secrets in the database. Keep a copy, and give each gateway the same.",
    zh: "已生成 WECOM_PUSH_MASTER_KEY，用于加密数据库中的密钥。请另存一份，每个网关都要用同一个。",
  },
  envNotWritten: { en: "{path} could not be written ({what}).", zh: "无法写入 {path}（{what}）。" },
  envNotWrittenHint: {
    en: "Run it in a folder that you may write to; the gateway and the command read .env from the folder in which they start.",
    zh: "请在可写的文件夹中运行；网关和命令从启动时所在的文件夹读取 .env。",
  },
  diskFullHint: {
    en: "The disk is full. Make room on it, and run this again.",
    zh: "磁盘已满，请腾出空间后重新运行。",
  },
  envNotEditable: {
    en: ".env has a line that would be read in another way after the change (a value over several lines, or one that cannot be quoted). Enter the values there by hand.",
    zh: ".env 中有的行在修改后含义会变（跨行的值，或无法加引号的值）。请手动填写。",
  },
} as const satisfies Readonly<Record<string, Bilingual>>

/** A sentence of `init`, in the user's language. */
export const say: Saying<typeof initTexts> = sayingFrom(initTexts)
