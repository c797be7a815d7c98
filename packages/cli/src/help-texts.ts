import type { Bilingual } from "@wecom-push/protocol"

/** What `--help` says. Sentences spoken while working are in `texts.ts`. */
export const helpTexts = {
  program: {
    en: "Puts a message on a colleague's WeCom (企业微信), found by phone number.",
    zh: "凭手机号，把消息送到同事的企业微信上。",
  },
  usage: { en: "Usage:", zh: "用法：" },
  arguments: { en: "Arguments:", zh: "参数：" },
  options: { en: "Options:", zh: "选项：" },
  commands: { en: "Commands:", zh: "命令：" },
  groupTo: { en: "To whom:", zh: "发给谁：" },
  groupWhat: { en: "What (one of these, or pipe a text in):", zh: "发什么（任选一种，或用管道送入文本）：" },
  groupHow: { en: "How:", zh: "怎么发：" },
  groupAccess: {
    en: "Which WeCom (else environment, .env, --config):",
    zh: "用哪个企业微信（不给则看环境变量、.env、--config）：",
  },
  groupCommon: { en: "Everywhere:", zh: "通用：" },

  help: { en: "show this help", zh: "显示帮助" },
  helpCommand: { en: "show the help of a command", zh: "显示某个命令的帮助" },
  version: { en: "print the version", zh: "显示版本号" },
  json: { en: "print one JSON object on stdout", zh: "在标准输出打印一个 JSON 对象" },
  lang: { en: "language, zh or en (else by LANG)", zh: "语言，zh 或 en（默认看 LANG）" },
  quiet: { en: "say only what went wrong", zh: "只说出了什么问题" },
  config: { en: "read settings from a YAML file", zh: "从 YAML 文件读取配置" },
  corpId: { en: "corp id", zh: "企业 ID" },
  agentId: { en: "the app's AgentId", zh: "应用的 AgentId" },
  secretFile: { en: "file that holds the app's secret", zh: "存放应用 Secret 的文件" },
  baseUrl: { en: "address of WeCom's API", zh: "企业微信 API 的地址" },

  send: { en: "send a message", zh: "发送消息" },
  lookup: { en: "find a member's userid by mobile or email", zh: "凭手机号或邮箱查成员的 userid" },
  recall: { en: "take a message back (within 24 h)", zh: "撤回消息（24 小时内）" },
  simulate: { en: "run a WeCom on this machine, to try things out", zh: "在本机运行一个模拟的企业微信，供试用" },
  doctor: { en: "check the configuration step by step", zh: "逐步检查配置" },
  complete: { en: "print a completion script for your shell", zh: "打印 shell 补全脚本" },

  mobile: { en: "mobile numbers", zh: "手机号" },
  email: { en: "email addresses", zh: "邮箱" },
  user: { en: "userids", zh: "userid" },
  department: { en: "department ids", zh: "部门 ID" },
  tag: { en: "tag ids", zh: "标签 ID" },
  mobilesFrom: {
    en: "mobile numbers from a file, one a line; - reads stdin",
    zh: "从文件读手机号，每行一个；- 表示标准输入",
  },
  all: { en: "everybody the app can see; asks first", zh: "应用可见范围内的所有人；会先询问" },
  yes: { en: "do not ask (for --all)", zh: "不再询问（用于 --all）" },

  text: { en: "text, at most 2048 bytes", zh: "文本，最多 2048 字节" },
  markdown: { en: "markdown, at most 2048 bytes", zh: "markdown，最多 2048 字节" },
  textcard: { en: "text card", zh: "文本卡片" },
  news: { en: "news (articles with links)", zh: "图文消息" },
  mpnews: { en: "news stored by WeCom", zh: "图文消息（mpnews）" },
  miniprogramNotice: { en: "mini-program notice", zh: "小程序通知消息" },
  templateCard: { en: "template card", zh: "模板卡片" },

  safe: { en: "confidential: no forwarding, with watermark", zh: "保密消息：不可转发，带水印" },
  enableIdTrans: { en: "let WeCom translate ids into names", zh: "开启 id 转译" },
  duplicateCheck: {
    en: "let WeCom drop an equal message for so many seconds (at most 14400); makes a repeat after a lost answer safe",
    zh: "让企业微信在这么多秒内（最多 14400）丢弃相同的消息；应答丢失后可放心重发",
  },
  overflow: {
    en: "text over the limit: reject (default), split or truncate",
    zh: "文本超长时：reject 拒绝（默认）、split 拆分、truncate 截断",
  },
  dryRun: { en: "look people up, print the calls, send nothing", zh: "只查人并打印将发出的请求，不发送" },
  fresh: { en: "ignore remembered look-ups", zh: "不用缓存的查询结果" },

  lookupMobile: { en: "mobile number", zh: "手机号" },
  lookupEmail: { en: "email address", zh: "邮箱" },
  msgid: { en: "the msgid that send printed", zh: "send 打印出的 msgid" },

  port: { en: "port (default 7780; 0 picks a free one)", zh: "端口（默认 7780；0 表示任选空闲端口）" },
  host: { en: "address to listen on (default 127.0.0.1)", zh: "监听地址（默认 127.0.0.1）" },
  org: { en: "organisation to start with, a JSON file", zh: "初始的组织架构，JSON 文件" },
  members: {
    en: "add so many members (m000001, mobile 13900000001, …)",
    zh: "增加若干成员（m000001，手机号 13900000001，…）",
  },

  doctorMobile: { en: "also look this person up", zh: "顺便查询这个人" },
  doctorCode: { en: "explain one of WeCom's error codes", zh: "解释企业微信的一个错误码" },

  shell: { en: "zsh, bash, fish or powershell", zh: "zsh、bash、fish 或 powershell" },

  examples: { en: "Examples:", zh: "示例：" },
  firstSteps: {
    en: "First steps, no account needed:",
    zh: "先试用，无需企业微信账号：",
  },
  settings: {
    en: "Settings: WECOM_CORP_ID, WECOM_APP_SECRET (or WECOM_APP_SECRET_FILE), WECOM_AGENT_ID,\nWECOM_API_BASE_URL; HTTPS_PROXY and NO_PROXY are respected. Flags beat the environment, which beats\n.env in the working directory, which beats --config FILE.",
    zh: "配置：WECOM_CORP_ID、WECOM_APP_SECRET（或 WECOM_APP_SECRET_FILE）、WECOM_AGENT_ID、\nWECOM_API_BASE_URL；也认 HTTPS_PROXY 和 NO_PROXY。优先级：命令行 > 环境变量 >\n工作目录的 .env > --config 文件。",
  },
  exitCodes: {
    en: "Exit codes: 0 every recipient accepted · 1 some or all refused · 2 mistake found before sending ·\n3 nothing was sent, repeating is safe · 4 it may have arrived · 130 interrupted.",
    zh: "退出码：0 全部接受 · 1 有人被拒 · 2 发送前就发现错误 · 3 什么都没发出，可放心重试 ·\n4 可能已送达，结果不明 · 130 被中断。",
  },
} as const satisfies Record<string, Bilingual>

export const exampleLines = {
  program: {
    en: ["npx wecom-push simulate", 'npx wecom-push send --mobile 13800000001 --text "hello"'],
    zh: ["npx wecom-push simulate", 'npx wecom-push send --mobile 13800000001 --text "你好"'],
  },
  send: {
    en: [
      'wecom-push send --mobile 13800000001 --text "disk 91%"',
      "df -h | wecom-push send --mobile 13800000001,13800000002",
      'wecom-push send --mobiles-from on-duty.txt --markdown "**db-3** is down" --json',
      'wecom-push send --user zhangsan --textcard \'{"title":"Leave","description":"2 days","url":"https://hr.example.com/88"}\'',
      "wecom-push send --department 2 --template-card @card.json --dry-run",
    ],
    zh: [
      'wecom-push send --mobile 13800000001 --text "磁盘 91%"',
      "df -h | wecom-push send --mobile 13800000001,13800000002",
      'wecom-push send --mobiles-from 值班.txt --markdown "**db-3** 宕机" --json',
      'wecom-push send --user zhangsan --textcard \'{"title":"请假","description":"两天","url":"https://hr.example.com/88"}\'',
      "wecom-push send --department 2 --template-card @card.json --dry-run",
    ],
  },
  lookup: {
    en: ["wecom-push lookup --mobile 13800000001", "wecom-push lookup --email zhangsan@example.com --fresh"],
    zh: ["wecom-push lookup --mobile 13800000001", "wecom-push lookup --email zhangsan@example.com --fresh"],
  },
  recall: {
    en: [
      'msgid=$(wecom-push send --mobile 13800000001 --text "oops" --json | jq -r ".calls[0].msgid")',
      'wecom-push recall "$msgid"',
    ],
    zh: [
      'msgid=$(wecom-push send --mobile 13800000001 --text "发错了" --json | jq -r ".calls[0].msgid")',
      'wecom-push recall "$msgid"',
    ],
  },
  simulate: {
    en: [
      "wecom-push simulate",
      "wecom-push simulate --port 0 --members 1000",
      "wecom-push simulate --org company.json",
    ],
    zh: ["wecom-push simulate", "wecom-push simulate --port 0 --members 1000", "wecom-push simulate --org 公司.json"],
  },
  doctor: {
    en: ["wecom-push doctor", "wecom-push doctor --mobile 13800000001", "wecom-push doctor --code 60020"],
    zh: ["wecom-push doctor", "wecom-push doctor --mobile 13800000001", "wecom-push doctor --code 60020"],
  },
  complete: {
    en: ["source <(wecom-push complete bash)", "wecom-push complete zsh > ~/.wecom-push-completion.zsh"],
    zh: ["source <(wecom-push complete bash)", "wecom-push complete zsh > ~/.wecom-push-completion.zsh"],
  },
} as const satisfies Record<string, { readonly en: readonly string[]; readonly zh: readonly string[] }>
