import type { Bilingual } from "@wecom-push/protocol"

/** Texts of `--help`. Those of running commands are in `texts.ts`. */
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
  groupCardOf: { en: "Whose card (else that of all who got it):", zh: "更新谁的卡片（不给则更新所有收到者的）：" },
  groupCardTo: { en: "To what (one of these):", zh: "更新成什么（任选一种）：" },
  groupHow: { en: "How:", zh: "怎么发：" },
  groupAccess: {
    en: "Which WeCom (else environment, .env, --config):",
    zh: "用哪个企业微信（不给则看环境变量、.env、--config）：",
  },
  groupThrough: {
    en: "Through a gateway (with --gateway or WECOM_PUSH_URL):",
    zh: "通过网关（需要 --gateway 或 WECOM_PUSH_URL）：",
  },
  groupGateway: {
    en: "Which gateway (else environment, .env, --config):",
    zh: "用哪个网关（不给则看环境变量、.env、--config）：",
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
  cards: { en: "change a template card that is on the phones", zh: "更新手机上的模板卡片" },
  cardUpdate: {
    en: "replace a card, or its buttons by a text; each code works once, for 72 h",
    zh: "替换整张卡片，或把按钮替换为文字；每个 code 只能用一次，72 小时内有效",
  },
  cardCode: {
    en: "the response_code of the send or of a press; msg_… with a gateway",
    zh: "发送或点击得到的 response_code；通过网关时为消息编号 msg_…",
  },
  cardUser: { en: "userids, at most 1000", zh: "userid，最多 1000 个" },
  cardButton: { en: "this text in place of the buttons", zh: "用这段文字替换按钮" },
  cardNew: { en: "the new card, of any type", zh: "新卡片，类型不限" },
  listMembers: { en: "list the members that the app sees", zh: "列出应用可见的成员" },
  membersFind: {
    en: "only those whose name or userid has this in it, or whose mobile it is",
    zh: "只列出姓名或 userid 含有该内容、或手机号与之相同的成员",
  },
  membersDepartment: { en: "direct members of this department alone", zh: "只列出该部门的直属成员" },
  listDepartments: { en: "list the departments that the app sees", zh: "列出应用可见的部门" },
  listTags: { en: "list the tags that the app sees, or who has one", zh: "列出应用可见的标签，或某个标签的成员" },
  tagId: { en: "a tag's id: lists who has it", zh: "标签 ID：列出该标签的成员" },
  chats: {
    en: "create, show and change group chats of the app, and send into them",
    zh: "创建、查看、修改应用的群聊，并向群里发消息",
  },
  chatCreate: { en: "create a group chat; prints its chatid", zh: "创建群聊，输出 chatid" },
  chatGet: { en: "show a group chat", zh: "查看群聊" },
  chatUpdate: { en: "change name, owner or members of a group chat", zh: "修改群聊的名称、群主或成员" },
  chatSend: { en: "send a message into a group chat", zh: "向群聊发消息" },
  chatid: { en: "the chat's chatid", zh: "群聊的 chatid" },
  newChatid: {
    en: "chatid of the new chat: at most 32 letters and digits (else WeCom makes one)",
    zh: "新群聊的 chatid，最多 32 个字母或数字（默认由企业微信生成）",
  },
  chatMembers: { en: "its members, 2 to 2000 userids", zh: "群成员，2～2000 个 userid" },
  chatName: { en: "its name, at most 50 characters", zh: "群名，最多 50 个字符" },
  chatOwner: {
    en: "its owner, one of the members (else any of them)",
    zh: "群主，须为群成员（默认由企业微信随机选择）",
  },
  chatNewOwner: { en: "another owner, one of the members", zh: "新群主，须为群成员" },
  chatAdd: { en: "userids to add", zh: "要加入的 userid" },
  chatRemove: { en: "userids to take out", zh: "要移出的 userid" },
  robots: {
    en: "send into the group of a robot, and upload files for it",
    zh: "通过群机器人向群里发消息，并为它上传文件",
  },
  robotSend: {
    en: "send into the group of the robot (as send --robot)",
    zh: "向机器人所在的群发消息（同 send --robot）",
  },
  robotUpload: { en: "upload a file for the robot; prints its media_id", zh: "为机器人上传文件，输出 media_id" },
  robotKey: {
    en: "the robot's key or address (else WECOM_ROBOT_KEY)",
    zh: "机器人的 key 或地址（默认取 WECOM_ROBOT_KEY）",
  },
  robotFile: { en: "path of the file", zh: "文件路径" },
  robotFileType: { en: "file (default) or voice", zh: "file（默认）或 voice" },
  serve: {
    en: "run a gateway: accepts messages over HTTP and delivers them",
    zh: "运行网关：用 HTTP 接收消息并负责送达",
  },
  backup: { en: "copy the gateway's database, also while it runs", zh: "备份网关的数据库，运行中也可以" },
  migrate: {
    en: "bring the gateway's database to this version, without starting a gateway",
    zh: "把网关的数据库升级到本版本，不启动网关",
  },
  migrateDryRun: { en: "only say what there is to do", zh: "只说明要做什么，不做改动" },
  move: {
    en: "move the gateway's database from SQLite to PostgreSQL, or back; gateways are stopped meanwhile",
    zh: "把网关的数据库从 SQLite 迁移到 PostgreSQL，或反向迁移；期间网关须停止",
  },
  moveFrom: {
    en: "the database to move, sqlite:PATH or postgres://… (else WECOM_PUSH_DATABASE_URL)",
    zh: "源数据库，sqlite:路径 或 postgres://…（默认取 WECOM_PUSH_DATABASE_URL）",
  },
  moveTo: {
    en: "where to, an empty one of the other kind (else WECOM_PUSH_DATABASE_URL)",
    zh: "目标数据库，须为另一种类型的空库（默认取 WECOM_PUSH_DATABASE_URL）",
  },
  moveGiveUp: {
    en: "give an unfinished move up: gateways start on --from again",
    zh: "放弃未完成的迁移：网关可再次使用 --from 的数据库",
  },
  readyz: {
    en: "ask a gateway whether it is ready; for the health check of a container",
    zh: "询问网关是否就绪，供容器健康检查使用",
  },
  status: { en: "show the result of a message of the gateway", zh: "查看网关上一条消息的进展" },
  retry: { en: "try recipients of a message once more", zh: "重新发送一条消息中未成功的接收人" },
  retryState: {
    en: "those in these states: failed, not_found (the default), in_doubt, invalid, unlicensed, cancelled, expired, not_opened; one in doubt may get a second copy",
    zh: "哪些状态的接收人：failed、not_found（默认）、in_doubt、invalid、unlicensed、cancelled、expired、not_opened；in_doubt 的人可能收到两份",
  },
  cancel: {
    en: "cancel what was not sent yet: of a message, or all of a key or an app",
    zh: "取消尚未发送的接收人：一条消息，或某个密钥、应用的全部消息",
  },
  cancelAllOfKey: {
    en: "all unfinished messages that came with this key (key_…); needs an admin key",
    zh: "该密钥（key_…）的全部未完成消息，需要管理密钥",
  },
  cancelAllOfApp: {
    en: "all unfinished messages of this app; needs an admin key",
    zh: "该应用的全部未完成消息，需要管理密钥",
  },
  cancelYes: { en: "do not ask before cancelling all", zh: "取消全部消息前不再询问" },
  tail: { en: "follow what happens in the gateway", zh: "实时查看网关上发生的事" },
  mcp: { en: "serve an MCP client (stdio) through the gateway", zh: "为 MCP 客户端（stdio）提供网关的功能" },
  keys: { en: "list, create, rotate and revoke keys of the gateway", zh: "查看、新建、轮换、吊销网关的密钥" },
  keysList: { en: "list the keys", zh: "列出密钥" },
  keysCreate: {
    en: "create a key for a program; with --admin, on the gateway's own machine, an admin key",
    zh: "为一个程序新建密钥；加 --admin 则在网关所在的机器上新建管理密钥",
  },
  keyAdmin: {
    en: "an admin key, written into the gateway's database on this machine; needs no other key",
    zh: "新建管理密钥，直接写入本机的网关数据库，不需要其他密钥",
  },
  keyDatabase: {
    en: "with --admin: the gateway's database, sqlite:PATH (default sqlite:./wecom-push.db)",
    zh: "与 --admin 同用：网关的数据库 sqlite:路径（默认 sqlite:./wecom-push.db）",
  },
  revokeYes: {
    en: "do not ask, also when it is the key this command uses",
    zh: "不再询问，即使吊销的是本命令正在使用的密钥",
  },
  keysRotate: { en: "make a successor with the same rights", zh: "新建一个权限相同的密钥来接替" },
  keysRevoke: { en: "revoke a key at once", zh: "立即吊销密钥" },
  apps: { en: "apps of the gateway, and whether they are paused", zh: "管理网关的应用，查看是否暂停" },
  appsList: { en: "list the apps", zh: "列出应用" },
  appsAdd: {
    en: "register an app; what is not given comes from WECOM_CORP_ID, WECOM_APP_SECRET, WECOM_AGENT_ID",
    zh: "登记应用；未给出的值取自 WECOM_CORP_ID、WECOM_APP_SECRET、WECOM_AGENT_ID",
  },
  appsSet: { en: "change what is given, keep the rest", zh: "只修改给出的部分" },
  appsRemove: { en: "remove an app that has nothing left to send", zh: "移除没有待发消息的应用" },
  sources: {
    en: "list, create, rotate and revoke sources: ways in for programs made for other services",
    zh: "查看、新建、轮换、吊销来源，即为其他服务编写的程序的入口",
  },
  sourcesList: { en: "list the sources", zh: "列出来源" },
  sourcesCreate: {
    en: "create a source: its token reaches these recipients alone",
    zh: "新建来源：它的 token 只能发给指定的接收人",
  },
  sourcesPreview: { en: "show what a template makes of a body", zh: "查看模板对一个请求体生成的内容" },
  sourcesRotate: { en: "give a source another token", zh: "给来源换一个 token" },
  sourcesRevoke: { en: "end a source and its token", zh: "删除来源，其 token 随之失效" },
  simulate: { en: "run a WeCom on this machine, to try things out", zh: "在本机运行一个模拟的企业微信，供试用" },
  listen: {
    en: "print what WeCom sends to an app: pressed cards, members' messages",
    zh: "接收企业微信的回调并逐条输出：点击卡片、成员发来的消息",
  },
  doctor: { en: "check the configuration step by step", zh: "逐步检查配置" },
  init: {
    en: "set up an app: ask for its values, try each, write .env, send the first message",
    zh: "配置应用：逐项询问并验证，写入 .env，发送第一条消息",
  },
  initDatabase: {
    en: "the gateway's database: sqlite:PATH or postgres://…; without a terminal none unless given",
    zh: "网关的数据库：sqlite:路径 或 postgres://…；不在终端中运行时，未给出则不配置",
  },
  initMobile: { en: "who gets the first message, by mobile number", zh: "第一条消息的接收人（手机号）" },
  initUser: { en: "who gets the first message, by userid", zh: "第一条消息的接收人（userid）" },
  complete: { en: "print a completion script for your shell", zh: "打印 shell 补全脚本" },

  mobile: { en: "mobile numbers", zh: "手机号" },
  email: { en: "email addresses", zh: "邮箱" },
  user: { en: "userids", zh: "userid" },
  department: { en: "department ids", zh: "部门 ID" },
  tag: { en: "tag ids", zh: "标签 ID" },
  chat: {
    en: "chatids of group chats that the app has made; beside people through a gateway alone",
    zh: "应用所创建的群聊的 chatid；与成员同时使用时须通过网关",
  },
  mobilesFrom: {
    en: "mobile numbers from a file, one a line; - reads stdin. Those not sent that may be tried again go to a file not-sent-….txt in $XDG_STATE_HOME/wecom-push (else ~/.local/state/wecom-push)",
    zh: "从文件读手机号，每行一个；- 表示标准输入。没有发送、可以再试的号码写入 $XDG_STATE_HOME/wecom-push（默认 ~/.local/state/wecom-push）下的 not-sent-….txt",
  },
  all: { en: "everybody the app can see; asks first", zh: "应用可见范围内的所有人；会先询问" },
  robot: {
    en: "the group of a robot (key or address, else WECOM_ROBOT_KEY), and no other recipient",
    zh: "群机器人所在的群（key 或地址，默认取 WECOM_ROBOT_KEY），不能与其他接收人同时使用",
  },
  yes: { en: "do not ask (for --all)", zh: "不再询问（用于 --all）" },

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
  noStrict: {
    en: "what WeCom cuts, ignores or replaces by a default is a warning, not a refusal",
    zh: "对企业微信会截断、忽略或改用默认值的内容只警告，不拒绝",
  },
  dryRun: { en: "look people up, print the calls, send nothing", zh: "只查人并打印将发出的请求，不发送" },
  fresh: { en: "ignore remembered look-ups", zh: "不用缓存的查询结果" },
  mobileCheck: {
    en: "mobiles: strict (default, by the numbering rules) or length (ask WeCom for any of 5 to 32 bytes)",
    zh: "手机号：strict 按号码规则检查（默认）、length 只要 5～32 字节就向企业微信查询",
  },

  resume: {
    en: "keep a journal in this file; the same command again leaves out who already got it",
    zh: "在此文件中记录发送情况；重复同一条命令时跳过已收到的人",
  },

  lookupMobile: { en: "mobile number", zh: "手机号" },
  lookupEmail: { en: "email address", zh: "邮箱" },
  msgid: { en: "the msgid that send printed; msg_… with a gateway", zh: "send 打印出的 msgid；通过网关时为 msg_…" },

  gateway: { en: "address of the gateway", zh: "网关的地址" },
  key: {
    en: "key of the gateway; safer in WECOM_PUSH_KEY, as others can see flags",
    zh: "网关的密钥；放在 WECOM_PUSH_KEY 里更安全，命令行参数能被其他用户看到",
  },
  appOfGateway: {
    en: "which app, by its name in the gateway (else the only one of the key)",
    zh: "使用哪个应用（网关中的名称，密钥只含一个应用时可省略）",
  },
  freshDirectory: {
    en: "read everything from WeCom again (a gateway keeps it for a day)",
    zh: "重新向企业微信读取全部内容（网关会保留一天）",
  },
  app: { en: "app to send from, by its name in the gateway", zh: "从哪个应用发送（网关中的名称）" },
  priority: { en: "high, normal (default) or bulk", zh: "优先级：high、normal（默认）、bulk" },
  orderKey: { en: "messages with the same key go out in order", zh: "键相同的消息按顺序发送" },
  sendAt: { en: "when, as in 2026-12-01T09:00:00+08:00", zh: "发送时间，例如 2026-12-01T09:00:00+08:00" },
  expiresAt: { en: "what has not gone out by then expires", zh: "到这个时间还没发出就作废" },
  idempotencyKey: {
    en: "the same key again gives the same message, for 72 h",
    zh: "72 小时内用同一个键重发，得到的是同一条消息",
  },
  wait: { en: "wait so long for the outcome (default 30)", zh: "等待结果的秒数（默认 30）" },
  statusWait: { en: "wait so long until it is finished (default 0)", zh: "最多等这么多秒直到完成（默认 0）" },
  messageId: { en: "id of the message, msg_…", zh: "消息编号，msg_…" },
  tailAfter: { en: "begin after the event with this id, not now", zh: "从这个编号之后的事件开始，而不是从现在" },
  keyId: { en: "id of the key, key_…", zh: "密钥编号，key_…" },
  keyName: { en: "who it is for", zh: "给谁用" },
  keyScope: {
    en: "send (default), send_all, read (default), contacts, media, admin",
    zh: "权限：send（默认）、send_all、read（默认）、contacts、media、admin",
  },
  keyApp: { en: "apps it may use (default: all)", zh: "可用的应用（默认全部）" },
  keyAudienceCap: { en: "most recipients of one message", zh: "一条消息最多的接收人数" },
  keyOverflow: {
    en: "long text on the qyapi paths: reject, split or truncate (default)",
    zh: "qyapi 兼容路径上的超长文本：reject、split 或 truncate（默认）",
  },
  keyForward: {
    en: "calls of WeCom's API that the qyapi paths pass on, as in user/* or tag/create",
    zh: "qyapi 兼容路径可以转发的企业微信接口，如 user/* 或 tag/create",
  },
  sourceId: { en: "id of the source, src_…", zh: "来源编号，src_…" },
  sourceName: { en: "what it is for (default: the adapter)", zh: "用途（默认为适配器名称）" },
  sourceAdapter: {
    en: "what the other program speaks, as in text, ntfy, bark, alertmanager, github",
    zh: "对方程序所用的协议，如 text、ntfy、bark、alertmanager、github",
  },
  sourceApp: { en: "app that its messages come from", zh: "用哪个应用发送" },
  sourcePriority: { en: "high, normal or bulk (default normal)", zh: "high、normal 或 bulk（默认 normal）" },
  signingSecretFile: {
    en: "file with the secret that the other program signs with",
    zh: "存放对方程序签名密钥的文件",
  },
  templateFile: {
    en: "file with the template of adapter json: Liquid, or JSON of a content",
    zh: "存放适配器 json 的模板的文件：Liquid 文本，或消息内容的 JSON",
  },
  previewFile: {
    en: "JSON that the other program would send; - reads it from stdin",
    zh: "对方程序会发送的 JSON 文件；- 表示标准输入",
  },
  sourceAll: { en: "everybody the app can reach", zh: "应用可见的所有人" },
  oldToken: {
    en: "how long the token before is valid still (default 0)",
    zh: "旧 token 还有效多少秒（默认 0）",
  },
  appName: { en: "name in the gateway: a-z, 0-9, - and _", zh: "在网关中的名称：a-z、0-9、- 和 _" },
  callbackTokenFile: { en: "file with the Token of the app's callback", zh: "存放应用回调 Token 的文件" },
  robotKeyFile: {
    en: "file with a group robot's key or address, in place of corp id, AgentId and secret",
    zh: "存放群机器人 key 或地址的文件，代替企业 ID、AgentId 和 Secret",
  },
  botId: {
    en: "Bot ID of a smart robot, in place of corp id and AgentId; its secret by --secret-file",
    zh: "智能机器人的 Bot ID，代替企业 ID 和 AgentId；Secret 用 --secret-file 给出",
  },
  aesKeyFile: { en: "file with the EncodingAESKey of the app's callback", zh: "存放应用回调 EncodingAESKey 的文件" },
  appSet: {
    en: "a setting, as in member_per_minute=20; null: no limit; empty: the default",
    zh: "设置，例如 member_per_minute=20；null 表示不限，留空恢复默认",
  },
  listenPort: { en: "port (default 7790; 0 picks a free one)", zh: "端口（默认 7790；0 表示任选空闲端口）" },
  servePort: { en: "port (default 7788; 0 picks a free one)", zh: "端口（默认 7788；0 表示任选空闲端口）" },
  serveSimulator: {
    en: "with a simulated WeCom on 7780, to try things out; on this machine only",
    zh: "同时在 7780 端口启动模拟的企业微信，供试用；仅限本机访问",
  },
  afterRestore: {
    en: "the first start after a restore: what may have gone out since is held back (a copy by backup knows it itself)",
    zh: "恢复后的首次启动：可能已发出的消息保留不发（backup 的备份会自行识别）",
  },
  database: { en: "database (default sqlite:./wecom-push.db)", zh: "数据库（默认 sqlite:./wecom-push.db）" },
  backupFile: { en: "file to write; must not exist", zh: "备份写到哪个文件；不能已存在" },

  port: { en: "port (default 7780; 0 picks a free one)", zh: "端口（默认 7780；0 表示任选空闲端口）" },
  host: { en: "address to listen on (default 127.0.0.1)", zh: "监听地址（默认 127.0.0.1）" },
  allowHost: {
    en: "name by which control paths and phones may be called too, from other machines as well (repeatable)",
    zh: "控制路径和手机页面还可以用这个主机名访问，包括从其他机器（可重复）",
  },
  org: { en: "organisation to start with, a JSON file", zh: "初始的组织架构，JSON 文件" },
  members: {
    en: "add so many members (m000001, mobile 13900000001, …)",
    zh: "增加若干成员（m000001，手机号 13900000001，…）",
  },

  doctorMobile: { en: "also look this person up", zh: "顺便查询这个人" },
  doctorDatabase: {
    en: "check the gateway's database instead: sqlite:PATH or postgres://…, else that of the settings",
    zh: "改为检查网关的数据库：sqlite:路径 或 postgres://…，默认取配置中的数据库",
  },
  doctorCode: { en: "explain one of WeCom's error codes", zh: "解释企业微信的一个错误码" },

  shell: { en: "zsh, bash, fish or powershell", zh: "zsh、bash、fish 或 powershell" },

  examples: { en: "Examples:", zh: "示例：" },
  firstSteps: {
    en: "First steps, no account needed:",
    zh: "先试用，无需企业微信账号：",
  },
  leftOut: {
    en: "Left out of this single file; the npm package wecom-push has them:",
    zh: "这个单文件版本不含以下命令，npm 包 wecom-push 含有它们：",
  },
  settings: {
    en: "Settings: WECOM_CORP_ID, WECOM_APP_SECRET (or WECOM_APP_SECRET_FILE), WECOM_AGENT_ID,\nWECOM_API_BASE_URL; through a gateway WECOM_PUSH_URL, WECOM_PUSH_KEY (or WECOM_PUSH_KEY_FILE).\nHTTPS_PROXY and NO_PROXY are respected. Flags beat the environment, which beats .env in the working\ndirectory, which beats --config FILE.",
    zh: "配置：WECOM_CORP_ID、WECOM_APP_SECRET（或 WECOM_APP_SECRET_FILE）、WECOM_AGENT_ID、\nWECOM_API_BASE_URL；通过网关时 WECOM_PUSH_URL、WECOM_PUSH_KEY（或 WECOM_PUSH_KEY_FILE）。\n也认 HTTPS_PROXY 和 NO_PROXY。优先级：命令行 > 环境变量 >\n工作目录的 .env > --config 文件。",
  },
  exitCodes: {
    en: "Exit codes: 0 every recipient accepted (or accepted for later) · 1 some or all refused · 2 a fault of what was asked ·\n3 nothing was sent, repeating is safe · 4 unknown or still pending · 130 interrupted\n(129 by SIGHUP, 143 by SIGTERM).",
    zh: "退出码：0 全部接受（或定时消息已受理）· 1 有人被拒 · 2 请求本身有误 · 3 什么都没发出，可放心重试 ·\n4 存疑或尚未完成 · 130 被中断（SIGHUP 为 129，SIGTERM 为 143）。",
  },
} as const satisfies Record<string, Bilingual>

interface Examples {
  readonly en: readonly string[]
  readonly zh: readonly string[]
}

/** The same in both languages. */
function same(...lines: readonly string[]): Examples {
  return { en: lines, zh: lines }
}

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
      'wecom-push send --mobiles-from everyone.txt --text "Office closed tomorrow" --resume everyone.journal',
      "wecom-push send --mobile 13800000001 --file report.pdf",
      'wecom-push send --user zhangsan --textcard \'{"title":"Leave","description":"2 days","url":"https://hr.example.com/88"}\'',
      "wecom-push send --department 2 --template-card @card.json --dry-run",
      'wecom-push send --gateway http://127.0.0.1:7788 --app alerts --mobile 13800000001 --text "disk 91%"',
    ],
    zh: [
      'wecom-push send --mobile 13800000001 --text "磁盘 91%"',
      "df -h | wecom-push send --mobile 13800000001,13800000002",
      'wecom-push send --mobiles-from 值班.txt --markdown "**db-3** 宕机" --json',
      'wecom-push send --mobiles-from 全员.txt --text "明天放假" --resume 全员.journal',
      "wecom-push send --mobile 13800000001 --file 报告.pdf",
      'wecom-push send --user zhangsan --textcard \'{"title":"请假","description":"两天","url":"https://hr.example.com/88"}\'',
      "wecom-push send --department 2 --template-card @card.json --dry-run",
      'wecom-push send --gateway http://127.0.0.1:7788 --app alerts --mobile 13800000001 --text "磁盘 91%"',
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
  card: {
    en: [
      'wecom-push card update "$code" --button "approved"',
      "wecom-push card update msg_… --template-card @card.json",
    ],
    zh: ['wecom-push card update "$code" --button "已同意"', "wecom-push card update msg_… --template-card @card.json"],
  },
  cardUpdate: {
    en: [
      'code=$(wecom-push send --user zhangsan,lisi --template-card @card.json --json | jq -r ".calls[0].response_code")',
      'wecom-push card update "$code" --button "approved"',
      'wecom-push card update "$code" --user lisi --template-card @done.json',
      'wecom-push card update msg_… --gateway http://127.0.0.1:7788 --button "approved"',
    ],
    zh: [
      'code=$(wecom-push send --user zhangsan,lisi --template-card @card.json --json | jq -r ".calls[0].response_code")',
      'wecom-push card update "$code" --button "已同意"',
      'wecom-push card update "$code" --user lisi --template-card @done.json',
      'wecom-push card update msg_… --gateway http://127.0.0.1:7788 --button "已同意"',
    ],
  },
  members: {
    en: ["wecom-push members", "wecom-push members --find zhang", "wecom-push members --department 2 --json"],
    zh: ["wecom-push members", "wecom-push members --find 张", "wecom-push members --department 2 --json"],
  },
  departments: { en: ["wecom-push departments"], zh: ["wecom-push departments"] },
  tags: { en: ["wecom-push tags", "wecom-push tags 1"], zh: ["wecom-push tags", "wecom-push tags 1"] },
  chat: {
    en: [
      'wecom-push chat create --name "on call" --user zhangsan,lisi',
      'wecom-push chat send oncall --text "disk 91%"',
    ],
    zh: [
      'wecom-push chat create --name "值班群" --user zhangsan,lisi',
      'wecom-push chat send oncall --text "磁盘 91%"',
    ],
  },
  chatCreate: {
    en: ['wecom-push chat create --name "on call" --owner zhangsan --user zhangsan,lisi --chatid oncall'],
    zh: ['wecom-push chat create --name "值班群" --owner zhangsan --user zhangsan,lisi --chatid oncall'],
  },
  chatGet: same("wecom-push chat get oncall", "wecom-push chat get oncall --json"),
  chatUpdate: {
    en: ['wecom-push chat update oncall --name "night shift" --add WangWu --remove lisi'],
    zh: ['wecom-push chat update oncall --name "夜班群" --add WangWu --remove lisi'],
  },
  chatSend: {
    en: ['wecom-push chat send oncall --text "<@zhangsan> disk 91%"', "wecom-push chat send oncall --file report.pdf"],
    zh: ['wecom-push chat send oncall --text "<@zhangsan> 磁盘 91%"', "wecom-push chat send oncall --file 报告.pdf"],
  },
  robot: {
    en: [
      'WECOM_ROBOT_KEY_FILE=robot.key wecom-push robot send --text "deployed"',
      "wecom-push robot upload report.pdf",
    ],
    zh: ['WECOM_ROBOT_KEY_FILE=robot.key wecom-push robot send --text "发布完成"', "wecom-push robot upload 报告.pdf"],
  },
  robotSend: {
    en: ['wecom-push robot send --markdown-v2 "| db | 91% |"', "wecom-push robot send --image chart.png"],
    zh: ['wecom-push robot send --markdown-v2 "| db | 91% |"', "wecom-push robot send --image 图表.png"],
  },
  robotUpload: same("wecom-push robot upload report.pdf", "wecom-push robot upload alarm.amr --type voice"),
  simulate: {
    en: [
      "wecom-push simulate",
      "wecom-push simulate --port 0 --members 1000",
      "wecom-push simulate --org company.json",
    ],
    zh: ["wecom-push simulate", "wecom-push simulate --port 0 --members 1000", "wecom-push simulate --org 公司.json"],
  },
  listen: {
    en: [
      "wecom-push listen   # WECOM_CALLBACK_TOKEN, WECOM_ENCODING_AES_KEY, WECOM_CORP_ID",
      "wecom-push listen --port 8080 --host 0.0.0.0 --json",
      "wecom-push listen --agent-id 1000003   # beside wecom-push simulate",
    ],
    zh: [
      "wecom-push listen   # 取 WECOM_CALLBACK_TOKEN、WECOM_ENCODING_AES_KEY、WECOM_CORP_ID",
      "wecom-push listen --port 8080 --host 0.0.0.0 --json",
      "wecom-push listen --agent-id 1000003   # 配合 wecom-push simulate",
    ],
  },
  doctor: {
    en: [
      "wecom-push doctor",
      "wecom-push doctor --mobile 13800000001",
      "wecom-push doctor --gateway",
      "wecom-push doctor --database postgres://wecom@db.internal/wecom",
      "wecom-push doctor --code 60020",
    ],
    zh: [
      "wecom-push doctor",
      "wecom-push doctor --mobile 13800000001",
      "wecom-push doctor --gateway",
      "wecom-push doctor --database postgres://wecom@db.internal/wecom",
      "wecom-push doctor --code 60020",
    ],
  },
  init: same(
    "wecom-push init",
    "wecom-push init --corp-id ww0123456789abcdef --agent-id 1000002 --secret-file secret.txt --mobile 13800000001",
    "wecom-push init --database sqlite:./wecom-push.db",
  ),
  serve: same(
    "wecom-push serve --simulator",
    "WECOM_PUSH_ADMIN_KEY_FILE=/run/secrets/admin-key wecom-push serve --host 0.0.0.0",
    "wecom-push serve --database sqlite:/var/lib/wecom-push/wecom-push.db",
  ),
  backup: same(
    "wecom-push backup /backup/wecom-push-$(date +%F).db",
    "wecom-push backup copy.db --database sqlite:/var/lib/wecom-push/wecom-push.db",
  ),
  migrate: same("wecom-push migrate --dry-run", "wecom-push migrate --database postgres://wecom@db.internal/wecom"),
  move: {
    en: [
      "wecom-push move --from sqlite:/var/lib/wecom-push/wecom-push.db --to postgres://wecom@db.internal/wecom",
      "wecom-push move --from postgres://wecom@db.internal/wecom --to sqlite:./wecom-push.db",
      "wecom-push move --from sqlite:./wecom-push.db   # --to is WECOM_PUSH_DATABASE_URL",
    ],
    zh: [
      "wecom-push move --from sqlite:/var/lib/wecom-push/wecom-push.db --to postgres://wecom@db.internal/wecom",
      "wecom-push move --from postgres://wecom@db.internal/wecom --to sqlite:./wecom-push.db",
      "wecom-push move --from sqlite:./wecom-push.db   # --to 取 WECOM_PUSH_DATABASE_URL",
    ],
  },
  readyz: same("wecom-push readyz", "wecom-push readyz --gateway http://127.0.0.1:7788 --quiet"),
  status: same("wecom-push status msg_0192…", "wecom-push status msg_0192… --wait 600 --json"),
  retry: same("wecom-push retry msg_0192…", "wecom-push retry msg_0192… --state in_doubt"),
  cancel: same("wecom-push cancel msg_0192…", "wecom-push cancel --all-of-key key_0192…"),
  tail: same("wecom-push tail", "wecom-push tail --json --after 4711"),
  mcp: same("wecom-push mcp", "wecom-push mcp --gateway https://push.example.com"),
  keys: same(
    "wecom-push keys",
    "wecom-push keys create --name alertmanager --scope send --app alerts",
    "wecom-push keys create --admin",
  ),
  keysList: same("wecom-push keys list"),
  keysCreate: same(
    "wecom-push keys create --name alertmanager --scope send --app alerts",
    "wecom-push keys create --name hr-portal --scope send,read --app hr --audience-cap 500",
    "wecom-push keys create --admin --database sqlite:/var/lib/wecom-push/wecom-push.db",
  ),
  keysRotate: same("wecom-push keys rotate key_0192…"),
  keysRevoke: same("wecom-push keys revoke key_0192…", "wecom-push keys revoke key_0192… --yes"),
  apps: same(
    "wecom-push apps",
    "wecom-push apps add alerts --corp-id ww0123456789abcdef --agent-id 1000002 --secret-file secret.txt",
  ),
  appsList: same("wecom-push apps list"),
  appsAdd: same(
    "wecom-push apps add alerts --corp-id ww0123456789abcdef --agent-id 1000002 --secret-file secret.txt",
    "wecom-push apps add alerts   # WECOM_CORP_ID, WECOM_APP_SECRET, WECOM_AGENT_ID",
  ),
  appsSet: same(
    "wecom-push apps set alerts --secret-file new-secret.txt",
    "wecom-push apps set alerts --set member_per_minute=20 --set concurrent_calls=",
  ),
  appsRemove: same("wecom-push apps remove alerts"),
  sources: same(
    "wecom-push sources",
    "wecom-push sources create --adapter alertmanager --app alerts --tag 1",
    "wecom-push sources rotate src_0192… --old-token 3600",
  ),
  sourcesList: same("wecom-push sources list"),
  sourcesCreate: same(
    "wecom-push sources create --adapter alertmanager --app alerts --tag 1",
    "wecom-push sources create --adapter github --app alerts --user zhangsan --signing-secret-file secret.txt",
    "wecom-push sources create --adapter text --app alerts --mobile 13800000001 --priority high --name backup",
    "wecom-push sources create --adapter json --app alerts --user zhangsan --template-file ticket.liquid",
  ),
  sourcesPreview: same(
    "wecom-push sources preview ticket.json --template-file ticket.liquid",
    "curl -s https://tracker.example.com/sample | wecom-push sources preview - --template-file ticket.liquid",
  ),
  sourcesRotate: same("wecom-push sources rotate src_0192…", "wecom-push sources rotate src_0192… --old-token 3600"),
  sourcesRevoke: same("wecom-push sources revoke src_0192…"),
  complete: {
    en: ["source <(wecom-push complete bash)", "wecom-push complete zsh > ~/.wecom-push-completion.zsh"],
    zh: ["source <(wecom-push complete bash)", "wecom-push complete zsh > ~/.wecom-push-completion.zsh"],
  },
} as const satisfies Record<string, Examples>
