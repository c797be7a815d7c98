import type { Bilingual } from "@wecom-push/protocol"
import { sayingFrom } from "./saying.ts"
import type { PlainKey, Saying } from "./saying.ts"

/** Every sentence the command speaks while working. `{name}` is filled in by `say`. */
export const texts = {
  error: { en: "error: ", zh: "错误：" },
  warning: { en: "warning: ", zh: "警告：" },
  oneFault: { en: "Something is wrong; nothing was done.", zh: "有一处问题，什么都没有执行。" },
  faultsFound: { en: "{count} things are wrong; nothing was done.", zh: "发现 {count} 处问题，什么都没有执行。" },
  unexpected: {
    en: "wecom-push itself failed: {what}",
    zh: "wecom-push 自身出错：{what}",
  },

  // Usage
  unknownOption: { en: "There is no flag {flag} here.", zh: "这里没有 {flag} 这个选项。" },
  unknownCommand: { en: "There is no command “{name}”.", zh: "没有“{name}”这个命令。" },
  optionWithoutValue: { en: "{flag} needs a value.", zh: "{flag} 后面需要一个值。" },
  flagAsValue: {
    en: "{value} after it was taken as its value. If that is meant, write {flag}={value}.",
    zh: "它后面的 {value} 被当作了值；如果确实要以此为值，请写成 {flag}={value}。",
  },
  argumentMissing: { en: "The argument {name} is missing.", zh: "缺少参数 {name}。" },
  tooManyArguments: {
    en: "These words belong to no flag: {words}",
    zh: "这些内容不属于任何选项：{words}",
  },
  quoteValue: { en: "A value with blanks goes in quotes: {example}", zh: "含空格的值请加引号：{example}" },
  otherDash: {
    en: "A flag begins with two hyphens, not with a long dash: {flags}",
    zh: "选项以两个连字符开头，不是破折号：{flags}",
  },
  commandLeftOut: {
    en: "“{name}” is left out of this single file; nothing was done.",
    zh: "这个单文件版本不含“{name}”命令，什么都没有执行。",
  },
  partLeftOut: {
    en: "This needs the gateway's own code, which is left out of this single file; nothing was done.",
    zh: "此操作需要网关自身的代码，这个单文件版本不含这部分，什么都没有执行。",
  },
  takePackage: {
    en: "The npm package wecom-push has it: npm install --global wecom-push",
    zh: "npm 包 wecom-push 含有它：npm install --global wecom-push",
  },
  noCommand: { en: "Which command?", zh: "要执行哪个命令？" },
  noShell: { en: "Which shell? There are {allowed}.", zh: "请指定 shell，可选：{allowed}。" },
  badValue: { en: "“{value}” cannot be used here; there are {allowed}.", zh: "“{value}”不可用，可选：{allowed}。" },
  argumentNotUtf8: {
    en: "word {position} of the command line is not UTF-8: byte {byte} of it. Convert it, or give it in a file or on standard input.",
    zh: "命令行第 {position} 个参数不是 UTF-8 编码：其中第 {byte} 字节。请转换编码，或改用文件或标准输入。",
  },
  argumentMaybeNotUtf8: {
    en: "word {position} of the command line holds “\uFFFD”, which replaces bytes that were not UTF-8; whether the sign itself was given cannot be seen here. Convert it, or give it in a file or on standard input.",
    zh: "命令行第 {position} 个参数含有“\uFFFD”，该符号通常代表不是 UTF-8 的内容；此处无法判断是否原本如此。请转换编码，或改用文件或标准输入。",
  },
  badUsage: { en: "The command line could not be read.", zh: "无法理解这条命令。" },
  didYouMean: { en: "Did you mean {names}?", zh: "是不是想用 {names}？" },
  seeHelp: { en: "--help shows what there is.", zh: "可用的内容见 --help。" },
  badLanguage: { en: "“{value}” is neither zh nor en.", zh: "“{value}”既不是 zh 也不是 en。" },
  chatAndOthers: {
    en: "and other recipients take a gateway: --gateway URL. Without one, send to chats and to people separately.",
    zh: "与其他接收人同时使用时须通过网关（--gateway 地址）；不通过网关时，请分两次发送。",
  },
  notForChat: {
    en: "is not for messages into group chats.",
    zh: "不适用于群聊消息。",
  },
  chatMembers: {
    en: "Name at least two members, as in --user zhangsan,lisi.",
    zh: "请至少指定两名成员，例如 --user zhangsan,lisi。",
  },
  chatNoChange: {
    en: "Nothing to change: give --name, --owner, --add or --remove.",
    zh: "没有要修改的内容，请给出 --name、--owner、--add 或 --remove。",
  },
  chatMade: {
    en: "Created. The members see it when its first message comes.",
    zh: "已创建。收到第一条消息后，成员才能看到该群聊。",
  },
  chatOwnerIs: { en: "owner: {owner}", zh: "群主：{owner}" },
  chatMembersAre: { en: "{count} members: {userids}", zh: "{count} 名成员：{userids}" },
  robotFileType: { en: "{value} is no type: file or voice.", zh: "{value} 不是有效类型，可用 file 或 voice。" },
  robotUploaded: {
    en: "Uploaded: good for this robot alone, for three days.",
    zh: "已上传：仅限该机器人使用，三天内有效。",
  },
  onlyWithGateway: {
    en: "works through a gateway only; name one with --gateway URL or WECOM_PUSH_URL.",
    zh: "只在通过网关时可用，请用 --gateway 地址 或 WECOM_PUSH_URL 指定网关。",
  },
  onlyWithoutGateway: {
    en: "does not work through a gateway, and {name} names one. Leave out one of the two.",
    zh: "不能与网关同时使用，而 {name} 指定了网关，请去掉其中之一。",
  },
  msgidThroughGateway: {
    en: "“{msgid}” is no message of a gateway: those are called msg_…. Without --gateway it is taken for a msgid of WeCom's.",
    zh: "“{msgid}”不是网关的消息编号（形如 msg_…）。不加 --gateway 时按企业微信的 msgid 处理。",
  },
  emptyMsgid: { en: "empty.", zh: "值为空。" },

  // Cards
  cardContent: {
    en: "Give either --button with the text for the buttons, or --template-card with the new card.",
    zh: "请给出 --button（替换按钮的文字）或 --template-card（新卡片），二选一。",
  },
  codeThroughGateway: {
    en: "“{code}” is no message of a gateway: those are called msg_…. Without --gateway it is taken for a response_code of WeCom's.",
    zh: "“{code}”不是网关的消息编号（形如 msg_…）。不加 --gateway 时按企业微信的 response_code 处理。",
  },
  cardChanged: { en: "The card is changed.", zh: "卡片已更新。" },
  cardKept: {
    en: "Their card stayed as it was, for they are out of the app's sight or never got it: {userids}",
    zh: "以下成员的卡片没有更新（不在应用可见范围内，或没有收到过该卡片）：{userids}",
  },

  // Contacts
  emptyFind: {
    en: "empty. Give a part of a name or userid, or a whole mobile.",
    zh: "值为空。请给出姓名或 userid 的一部分，或完整的手机号。",
  },
  tagDepartments: { en: "and everyone in departments {ids}", zh: "以及部门 {ids} 的全部成员" },
  seesNothing: {
    en: "None. An app lists what its visible range holds.",
    zh: "没有结果。应用只能列出可见范围内的内容。",
  },

  // Recipients
  noRecipient: {
    en: "No recipient. Name one with --mobile, --email, --user, --department, --tag, --chat or --mobiles-from, or a robot's group with --robot.",
    zh: "没有接收人。请用 --mobile、--email、--user、--department、--tag、--chat 或 --mobiles-from 指定，发到群机器人所在的群则用 --robot。",
  },
  emptyList: {
    en: "empty. If it comes from a shell variable, that variable is not set.",
    zh: "值为空。如果取自 shell 变量，说明该变量没有设置。",
  },
  atAll: {
    en: "“@all” would reach everybody. If that is meant, use --all.",
    zh: "“@all”会发给所有人。如果确实要这样，请用 --all。",
  },
  barInUserid: {
    en: "“{value}”: a userid holds no “|”. Separate several by commas or repeat the flag.",
    zh: "“{value}”：userid 里不能有“|”。多个请用逗号分隔，或重复使用该选项。",
  },
  notAnId: {
    en: "“{value}” is not an id: a whole number from 1 to 4294967295. `wecom-push departments` and `wecom-push tags` list the ids.",
    zh: "“{value}”不是有效的 ID，应为 1 到 4294967295 的整数。ID 可用 wecom-push departments 或 wecom-push tags 查看。",
  },
  robotsTake: {
    en: "is not for group robots: WeCom takes {flags} from them. Choose one of these.",
    zh: "不能用于群机器人：企业微信只接受群机器人发送 {flags}，请改用其中之一。",
  },
  chatsTake: {
    en: "is not for group chats: WeCom takes {flags} there. Choose one of these.",
    zh: "不能用于群聊：企业微信的群聊只接受 {flags}，请改用其中之一。",
  },
  notForRobot: {
    en: "does not go with --robot, which sends to the group of a robot alone, without a gateway. Leave it out, or send to the others by a command of its own.",
    zh: "不能与 --robot 同时使用：--robot 直接发送到群机器人所在的群，不经过网关。请去掉该选项，或另用一条命令发给其他接收人。",
  },
  meaningRobotKey: { en: "the key or address of the group robot", zh: "群机器人的 key 或地址" },
  allAndOthers: {
    en: "--all reaches everybody already; leave out the other recipients.",
    zh: "--all 已包含所有人，请去掉其他接收人。",
  },
  allNeedsYes: {
    en: "Everybody the app can see would get this. Without a terminal --yes is needed.",
    zh: "这会发给应用可见范围内的所有人。不在终端里运行时，需要加 --yes 确认。",
  },
  askAll: {
    en: "Send this to everybody app {app} can see?",
    zh: "确定发给应用 {app} 可见范围内的所有人吗？",
  },
  askAllOfOnlyApp: {
    en: "Send this to everybody the app can see?",
    zh: "确定发给应用可见范围内的所有人吗？",
  },
  yes: { en: "Yes", zh: "是" },
  no: { en: "No", zh: "否" },
  notConfirmed: { en: "Not confirmed, so nothing was sent.", zh: "没有确认，什么都没有发送。" },
  looksLikeTable: {
    en: "“{file}” looks like a table: its lines hold more than a number, as in “{line}”. One number a line is needed: save the column of the numbers as a text file of its own{how}.",
    zh: "“{file}”像是表格：一行里除了号码还有别的内容，例如“{line}”。应为每行一个号码，请把号码那一列另存为单独的文本文件{how}。",
  },
  orCommand: { en: ", for example with `{command}`", zh: "，例如用 {command}" },
  numberShortened: {
    en: "Excel shortened the number “{value}”, and its last digits are lost. Format the column of the workbook as text, check that the numbers are whole there, and save it again.",
    zh: "Excel 把号码缩写成了“{value}”，末尾的数字已丢失。请在原表格中把这一列的格式设为“文本”，确认号码完整后重新保存。",
  },
  noNumberInIt: {
    en: "“{value}” holds no number; it may be a heading or a name. Take the line out.",
    zh: "“{value}”里没有号码，可能是标题或姓名，请删去这一行。",
  },
  moreThanNumber: {
    en: "“{value}” holds more than a number. Leave only the number.",
    zh: "“{value}”里除了号码还有别的内容，请只保留号码。",
  },
  noNumbersIn: {
    en: "“{file}” holds no number. One number a line is needed.",
    zh: "“{file}”里没有号码，应为每行一个号码。",
  },
  noNumbersOnStdin: {
    en: "standard input holds no number. One number a line is needed.",
    zh: "标准输入里没有号码，应为每行一个号码。",
  },

  // Content
  noContent: {
    en: "No message. Give --text, --markdown or a card, or pipe a text in.",
    zh: "没有消息内容。请用 --text、--markdown 或某种卡片，或用管道送入文本。",
  },
  emptyStdin: {
    en: "Nothing came in on stdin, so there is no message. Give --text, or pipe a text in.",
    zh: "标准输入是空的，没有消息内容。请用 --text，或用管道送入文本。",
  },
  severalContents: {
    en: "One message has one content, but {flags} are given.",
    zh: "一条消息只能有一种内容，但给了 {flags}。",
  },
  contentTwice: { en: "given more than once.", zh: "给了不止一次。" },
  jsonIsFile: {
    en: "“{value}” is not JSON. For the content of a file write @{value}.",
    zh: "“{value}”不是 JSON。如果要读取文件，请写成 @{value}。",
  },
  jsonSyntax: {
    en: "not JSON at line {line}, column {column}, near {near}. Correct it there.",
    zh: "第 {line} 行第 {column} 列不符合 JSON 语法，在 {near} 附近，请更正。",
  },
  jsonEnds: {
    en: "the JSON is not whole, it ends at line {line}, column {column}.",
    zh: "JSON 不完整，在第 {line} 行第 {column} 列中断。",
  },
  jsonNotObject: {
    en: "not a JSON object. Write the payload as WeCom documents it; @file reads it from a file.",
    zh: "应为 JSON 对象，写法与企业微信文档一致；@文件名 表示从文件读取。",
  },

  // Files and streams
  fileNotFound: { en: "“{file}” does not exist.", zh: "“{file}”不存在。" },
  fileForbidden: { en: "“{file}” may not be read (permission).", zh: "没有权限读取“{file}”。" },
  fileIsDirectory: { en: "“{file}” is a folder; name a file in it.", zh: "“{file}”是一个目录，请指定其中的文件。" },
  fileIsWorkbook: {
    en: "{source} is a workbook or an archive, not text. Save it as text, for example as “CSV UTF-8”.",
    zh: "{source} 是表格文件或压缩文件，不是文本。请另存为文本，例如“CSV UTF-8”。",
  },
  fileUnreadable: { en: "“{file}” cannot be read ({what}).", zh: "无法读取“{file}”（{what}）。" },
  tooLarge: {
    en: "{source} holds more than {limit} MiB.",
    zh: "{source} 超过 {limit} MiB。",
  },
  stdin: { en: "stdin", zh: "标准输入" },
  overflowWayOut: {
    en: " (--overflow split sends it in parts, --overflow truncate cuts it.)",
    zh: "（--overflow split 拆成多条发送，--overflow truncate 截断。）",
  },
  truncateWayOut: {
    en: " (--overflow truncate cuts it.)",
    zh: "（--overflow truncate 截断。）",
  },
  otherEncoding: {
    en: "{source} is in {encoding}, not in UTF-8. Save it as UTF-8 (Excel calls it “CSV UTF-8”), or convert it with: iconv -f {from} -t UTF-8",
    zh: "{source} 是 {encoding} 编码，不是 UTF-8。请另存为 UTF-8（Excel 中选“CSV UTF-8”），或用 iconv -f {from} -t UTF-8 转换。",
  },
  invalidUtf8: {
    en: "{source} is not UTF-8: byte {position} (line {line}). Save or convert it as UTF-8.",
    zh: "{source} 不是 UTF-8 编码：第 {position} 字节（第 {line} 行）。请另存或转换为 UTF-8。",
  },
  nulByte: {
    en: "{source} holds a NUL at byte {position} (line {line}); remove it.",
    zh: "{source} 的第 {position} 字节（第 {line} 行）是 NUL 字符，请去掉。",
  },
  loneSurrogate: {
    en: "{source} holds half of a character (a lone surrogate) at byte {position} (line {line}); remove it.",
    zh: "{source} 的第 {position} 字节（第 {line} 行）是半个字符（孤立的代理码位），请去掉。",
  },
  stdinTwice: {
    en: "stdin can be read once only; name a file for one of them.",
    zh: "标准输入只能读一次，其余请改用文件。",
  },

  // Values
  notSeconds: {
    en: "“{value}” is not a number of seconds from {least} to {most}.",
    zh: "“{value}”不是有效的秒数，应为 {least} 到 {most} 的整数。",
  },
  notOneOf: { en: "“{value}” is none of: {allowed}.", zh: "“{value}”不可用，可选：{allowed}。" },
  notPort: { en: "“{value}” is not a port: 0 to 65535.", zh: "“{value}”不是有效端口，应为 0 到 65535。" },
  hostEmpty: {
    en: "is empty; name the address to listen on, as 127.0.0.1, or 0.0.0.0 for all.",
    zh: "不能为空，请填写要监听的地址，如 127.0.0.1，或用 0.0.0.0 表示所有地址。",
  },
  notMembers: {
    en: "“{value}” is not a number of members from 0 to {most}.",
    zh: "“{value}”不是有效的成员数，应为 0 到 {most} 的整数。",
  },
  notCode: {
    en: "“{value}” is not an error code: a whole number, as in 60020.",
    zh: "“{value}”不是错误码，应为整数，例如 60020。",
  },
  oneOnly: { en: "takes one person at a time.", zh: "一次只能查一个人。" },
  mobileOrEmail: { en: "Give either --mobile or --email.", zh: "请给出 --mobile 或 --email 其中之一。" },

  // Configuration
  nothingConfigured: {
    en: "No WeCom is configured; nothing was done.",
    zh: "还没有配置企业微信，什么都没有执行。",
  },
  configurationFaulty: {
    en: "The configuration is incomplete or wrong; nothing was done.",
    zh: "配置不完整或有误，什么都没有执行。",
  },
  settingMissing: { en: "not set ({meaning}).", zh: "没有设置（{meaning}）。" },
  meaningCorpId: {
    en: "corp id, WeCom admin console → My Company, at the bottom",
    zh: "企业 ID，在管理后台“我的企业”页面底部",
  },
  meaningSecret: {
    en: "the app's Secret, admin console → App Management → the app; or its file, WECOM_APP_SECRET_FILE",
    zh: "应用的 Secret，在管理后台“应用管理”中该应用的页面；也可用 WECOM_APP_SECRET_FILE 指定文件",
  },
  meaningAgentId: {
    en: "the app's AgentId, shown beside the Secret",
    zh: "应用的 AgentId，与 Secret 在同一页面",
  },
  howToInit: {
    en: "With your WeCom; it asks for each value of the admin console (work.weixin.qq.com) and tries it:",
    zh: "接入你的企业微信，会逐项询问管理后台（work.weixin.qq.com）中的值并验证：",
  },
  howToConfigure: { en: "Or by variables:", zh: "也可以用环境变量：" },
  howToSimulate: {
    en: "Without an account, a WeCom on this machine; then repeat your command in another terminal:",
    zh: "没有账号也能试：在本机模拟一个企业微信，然后在另一个终端里重新执行你的命令：",
  },
  usingSimulator: { en: "using the simulator at {url}", zh: "使用本机的模拟器 {url}" },
  badAgentId: {
    en: "“{value}” is not an AgentId: a whole number, as in 1000002.",
    zh: "“{value}”不是 AgentId，应为整数，例如 1000002。",
  },
  badCorpId: {
    en: "blanks or control characters in it; a corp id looks like ww0123456789abcdef.",
    zh: "含有空白或控制字符；企业 ID 形如 ww0123456789abcdef。",
  },
  badUrl: {
    en: "not an address like https://qyapi.weixin.qq.com.",
    zh: "不是有效地址，应形如 https://qyapi.weixin.qq.com。",
  },
  urlWithMore: {
    en: "an address without user name, query or fragment is needed.",
    zh: "不能带用户名、查询参数或片段。",
  },
  addressNotTrusted: {
    en: "{value} comes from {where}, {secret} from {secretWhere}: a secret goes only to an address from the same place or a stronger one (flags and environment, then .env, then the config file). If this address is meant, set {name} where {secret} is ({secretWhere}); if not, remove it from {where}.",
    zh: "{value} 来自{where}，而 {secret} 来自{secretWhere}：密钥只发往来源相同或更可信的地址（命令行参数和环境变量，其次 .env，再次配置文件）。如确实要用这个地址，请在 {secret} 所在之处（{secretWhere}）也设置 {name}；否则请从{where}中删除它。",
  },
  addressNotTrustedButFlag: {
    en: "{value} comes from {where}, {secret} from {secretWhere}: a secret goes only to an address from the same place or a stronger one (flags and environment, then .env, then the config file). If this address is meant, give it as {flag} {value}, or set {name} where {secret} is ({secretWhere}); if not, remove it from {where}.",
    zh: "{value} 来自{where}，而 {secret} 来自{secretWhere}：密钥只发往来源相同或更可信的地址（命令行参数和环境变量，其次 .env，再次配置文件）。如确实要用这个地址，请加上 {flag} {value}，或在 {secret} 所在之处（{secretWhere}）也设置 {name}；否则请从{where}中删除它。",
  },
  badProxy: {
    en: "not a proxy address like http://proxy.example.com:3128.",
    zh: "不是有效的代理地址，应形如 http://proxy.example.com:3128。",
  },
  badQywxAm: {
    en: "not of the form “corpid,corpsecret,touser,agentid”.",
    zh: "格式不对，应为“corpid,corpsecret,touser,agentid”。",
  },
  bothValueAndFile: { en: "set beside {other}; keep one.", zh: "与 {other} 同时设置了，请只保留一个。" },
  secretFileEmpty: { en: "“{file}” is empty.", zh: "“{file}”是空的。" },
  yamlSyntax: {
    en: "not YAML at line {line}, column {column}.",
    zh: "第 {line} 行第 {column} 列不符合 YAML 语法。",
  },
  yamlTwice: {
    en: "line {line} gives a setting for the second time; keep one.",
    zh: "第 {line} 行的配置项重复，请只保留一个。",
  },
  yamlTab: {
    en: "line {line} is indented by a tab; YAML takes spaces only.",
    zh: "第 {line} 行用制表符缩进，YAML 只能用空格。",
  },
  yamlNotMapping: {
    en: "settings are written “name: value”.",
    zh: "内容应为“名称： 值”的形式。",
  },
  unknownSetting: { en: "no such setting. There are: {names}.", zh: "没有这个配置项。可用的有：{names}。" },
  unknownSettingMeant: { en: "no such setting. Did you mean {names}?", zh: "没有这个配置项。是不是想用 {names}？" },
  errmsg: { en: "errmsg of WeCom: {errmsg}", zh: "企业微信的 errmsg：{errmsg}" },
  unknownVariable: {
    en: "{name} ({where}) is not read: there is no such setting. {hint}",
    zh: "{name}（{where}）未被读取：没有这个配置项。{hint}",
  },
  dotenvColon: {
    en: ".env, line {line}: {name} is not read: write {name}=…, with = in the place of the colon.",
    zh: ".env 第 {line} 行：{name} 未被读取。请写成 {name}=…，用等号而不是冒号。",
  },
  settingsListed: {
    en: "Correct or remove it; the guides to the command and the gateway list the settings.",
    zh: "请更正或删除；可用的配置项见命令指南和网关指南。",
  },
  settingNotScalar: { en: "a single value is needed.", zh: "应为单个值。" },
  inBrackets: { en: "({what})", zh: "（{what}）" },
  fromFlag: { en: "flag", zh: "命令行" },
  fromEnvironment: { en: "environment", zh: "环境变量" },
  fromDotenv: { en: ".env", zh: ".env" },
  fromConfigFile: { en: "config file", zh: "配置文件" },
  fromSimulator: { en: "running simulator", zh: "运行中的模拟器" },
  fromGateway: { en: "running trial gateway", zh: "运行中的试用网关" },
  fromDefault: { en: "default", zh: "默认值" },

  warnJson: {
    en: "WeCom accepted the call but could not read all of its JSON; the message may be incomplete ({detail}).",
    zh: "企业微信受理了请求，但未能完全解析其中的 JSON，消息可能不完整（{detail}）。",
  },
  folderOfAnother: {
    en: "the folder {folder} belongs to another user, who may have put anything there, so it is not used. Delete it, or set {variable} to a folder of your own.",
    zh: "目录 {folder} 属于其他用户，其中的内容不可信，因此不使用。请删除该目录，或将 {variable} 设为自己的目录。",
  },
  folderWritable: {
    en: "other users can write in the folder {folder}, so it is not used. Delete it, or run chmod 700 on it once you know what is in it, or set {variable} to another folder.",
    zh: "其他用户可以写入目录 {folder}，因此不使用。请删除该目录，或确认其中的内容后执行 chmod 700，或将 {variable} 设为其他目录。",
  },
  warnTokenStore: {
    en: "the token cannot be kept in {folder} ({what}); each command will ask for one. Let this user write there, or set XDG_CACHE_HOME to another folder.",
    zh: "凭证无法保存到缓存目录 {folder}（{what}），每条命令都会重新获取。请让当前用户可以写入该目录，或将 XDG_CACHE_HOME 设为其他目录。",
  },
  warnLookupStore: {
    en: "look-ups cannot be kept in {folder} ({what}); each command will ask again. Let this user write there, or set XDG_CACHE_HOME to another folder.",
    zh: "查询结果无法保存到缓存目录 {folder}（{what}），每条命令都会重新查询。请让当前用户可以写入该目录，或将 XDG_CACHE_HOME 设为其他目录。",
  },
  warnMediaStore: {
    en: "uploaded files cannot be remembered in {folder} ({what}); each command will upload again. Let this user write there, or set XDG_CACHE_HOME to another folder.",
    zh: "已上传的文件无法记录到缓存目录 {folder}（{what}），每条命令都会重新上传。请让当前用户可以写入该目录，或将 XDG_CACHE_HOME 设为其他目录。",
  },
  warnStrangers: {
    en: "WeCom complained about recipients that were not named: {detail}",
    zh: "企业微信提到了并未指定的接收人：{detail}",
  },
  warnNoRecord: {
    en: "The cache folder cannot be written ({detail}), so a bare `send` will not find this simulator; use the exports.",
    zh: "缓存目录无法写入（{detail}），直接执行 send 找不到这个模拟器，请使用上面的 export。",
  },

  // Results
  everybody: { en: "everybody", zh: "所有人" },
  department: { en: "department {id}", zh: "部门 {id}" },
  tag: { en: "tag {id}", zh: "标签 {id}" },
  chat: { en: "chat {id}", zh: "群聊 {id}" },
  summary: { en: "Recipients: {total}", zh: "接收人：{total}" },
  summaryRepeated: { en: "named again {count}", zh: "重复 {count}" },
  msgidOf: { en: "msgid (for recall): {msgid}", zh: "msgid（撤回时用）：{msgid}" },
  responseCodeOf: { en: "response_code (for updating the card): {code}", zh: "response_code（更新卡片时用）：{code}" },
  cachedMiss: { en: "(cached, --fresh asks again)", zh: "（来自缓存，--fresh 可重新查询）" },
  moreCalls: { en: "… and {count} more calls; --json lists all.", zh: "…… 另有 {count} 个请求，--json 可列出全部。" },
  dryRunHead: {
    en: "Dry run: nothing was sent. Calls that would be made: {count}",
    zh: "演练：什么都没有发送。将发出的请求数：{count}",
  },
  outputLost: {
    en: "What was to be printed is lost: standard output could not be written ({what}). The exit code, {code}, still says the result of the message (see --help); look at it before you repeat.",
    zh: "输出内容已丢失：无法写入标准输出（{what}）。退出码 {code} 仍表示消息的实际结果（含义见 --help），重试前请先确认。",
  },
  interruptedNothing: { en: "Interrupted; nothing was sent.", zh: "已中断，什么都没有发送。" },
  interruptedCount: {
    en: "Interrupted: {sent} of {total} recipients have been sent to. What is listed above is what happened so far.",
    zh: "已中断：{total} 个接收人中已发送 {sent} 个。以上是到目前为止的结果。",
  },
  interruptedSome: {
    en: "Interrupted. What is listed above is what happened so far.",
    zh: "已中断。以上是到目前为止的结果。",
  },
  progressLookUp: { en: "looking people up: {done} of {total}", zh: "正在查人：{done}/{total}" },
  progressWait: { en: "waiting for the outcome: {done} of {total}", zh: "正在等待结果：{done}/{total}" },
  progressUpload: { en: "uploading: {done} of {total} MB", zh: "正在上传：{done}/{total} MB" },
  dryRunUpload: {
    en: "would be uploaded first: {filename} ({bytes} bytes, {type})",
    zh: "会先上传：{filename}（{bytes} 字节，{type}）",
  },
  progressSend: { en: "sending: {done} of {total}", zh: "正在发送：{done}/{total}" },
  waitLookUpsMinute: {
    en: "WeCom takes {limit} look-ups a minute; about {left} left",
    zh: "企业微信每分钟最多接受 {limit} 次查询，约还需 {left}",
  },
  waitLookUpsHour: {
    en: "WeCom takes {limit} look-ups an hour; about {left} left",
    zh: "企业微信每小时最多接受 {limit} 次查询，约还需 {left}",
  },
  waitLookUpsPaused: {
    en: "WeCom has closed look-ups for a while (45009); asking again in {left}",
    zh: "企业微信暂时停止了查询（45009），{left}后再试",
  },
  waitSendsLimited: {
    en: "WeCom takes no more calls for a while (45009); continuing in {left}",
    zh: "企业微信暂时不再接受调用（45009），{left}后继续",
  },
  seconds: { en: "{seconds} s", zh: "{seconds} 秒" },
  minutes: { en: "{minutes} min", zh: "{minutes} 分钟" },
  hours: { en: "{hours} h {minutes} min", zh: "{hours} 小时 {minutes} 分钟" },

  // Long lists
  gatewayIsBetter: {
    en: "{total} recipients: a gateway is better at this. It stores the message, continues by itself after a restart or a lost connection, and reports each recipient. This send continues without one; for the next:\n  wecom-push serve\n  wecom-push send --gateway http://127.0.0.1:7788 --key KEY {again} …",
    zh: "共 {total} 个接收人：这种发送更适合交给网关。网关会保存消息，重启或断网后自动继续，并记录每个接收人的结果。本次仍直接发送；下次可以这样：\n  wecom-push serve\n  wecom-push send --gateway http://127.0.0.1:7788 --key 密钥 {again} ……",
  },
  resumeIsSafer: {
    en: "With --resume FILE this send could be repeated after an interruption without a second copy for anybody.",
    zh: "加上 --resume 文件，中断后重复执行也不会有人收到两份。",
  },
  resumed: {
    en: "Continuing “{file}”: sent before {sent}, in doubt and not sent again {inDoubt}.",
    zh: "接着“{file}”继续：已收到因而跳过 {sent} 个，存疑因而不再发送 {inDoubt} 个。",
  },
  resumeWithGateway: {
    en: "is for sends without a gateway, and {name} names one. Through a gateway use --idempotency-key: the same key again gives the same message.",
    zh: "只用于不经网关的发送，而 {name} 指定了网关。通过网关时请用 --idempotency-key：用同一个键重发，得到的是同一条消息。",
  },
  resumeEmpty: { en: "empty; name the file to keep the journal in.", zh: "值为空，请给出记录文件的路径。" },
  resumePipe: {
    en: "can be read once only, and --resume compares it with what went out before. Save it as a file first.",
    zh: "只能读取一次，而 --resume 要与之前发送的内容比对。请先保存为文件。",
  },
  journalNotPlain: { en: "“{file}” is not a plain file.", zh: "“{file}”不是普通文件。" },
  journalOfOther: {
    en: "“{file}” belongs to another user. Name a file of your own.",
    zh: "“{file}”属于其他用户，请换一个自己的文件。",
  },
  journalNoFolder: {
    en: "“{file}”: its folder does not exist. Make it first.",
    zh: "“{file}”所在的目录不存在，请先创建。",
  },
  journalForbidden: {
    en: "“{file}” or its folder may not be written or read (permission). Nothing is sent that cannot be written down.",
    zh: "没有权限读写“{file}”或其所在目录。无法记录就不会发送。",
  },
  journalUnusable: {
    en: "“{file}” cannot be used ({what}). Nothing is sent that cannot be written down.",
    zh: "无法使用“{file}”（{what}）。无法记录就不会发送。",
  },
  journalInUse: {
    en: "“{file}” is being used by another run. Wait until it ends, or name another file.",
    zh: "“{file}”正被另一次发送使用。请等它结束，或换一个文件。",
  },
  notAJournal: {
    en: "“{file}” is not a journal of wecom-push send. It was left as it is; name a new file.",
    zh: "“{file}”不是 wecom-push send 的记录文件，未作改动。请换一个新文件。",
  },
  journalBadLine: {
    en: "“{file}”: line {line} is not one of a journal, so who already got the message is not certain. Repair that line, or name a new file, which sends to everybody.",
    zh: "“{file}”第 {line} 行不是记录文件的内容，无法确定谁已收到。请修复这一行；换新文件则会发给所有人。",
  },
  journalOfAnotherSend: {
    en: "“{file}” belongs to another send: {what}. Repeat the command that began it, or name a new file.",
    zh: "“{file}”属于另一次发送：{what}。请重复当初的命令，或换一个新文件。",
  },
  journalOtherCorp: { en: "corp id {found} there, {given} here", zh: "其中的企业 ID 是 {found}，这里是 {given}" },
  journalOtherApp: {
    en: "app (AgentId) {found} there, {given} here",
    zh: "其中的应用（AgentId）是 {found}，这里是 {given}",
  },
  journalOtherContent: { en: "the content of the message differs", zh: "消息内容不同" },
  journalFailed: {
    en: "“{file}” can no longer be written ({what}). Nothing was sent that could not be written down before.",
    zh: "“{file}”无法继续写入（{what}）。无法事先记录的都没有发送。",
  },
  journalFailedHint: {
    en: "Make room, or give the file back its rights; then repeat the same command.",
    zh: "请腾出磁盘空间或恢复文件权限，然后重复同一条命令。",
  },
  notSentHead: {
    en: "wecom-push: nothing was sent to these numbers; --mobiles-from takes this file.",
    zh: "wecom-push：以下号码没有发送；可用 --mobiles-from 读取本文件。",
  },
  notSentOthers: {
    en: "Not sent either; name them by these flags again:",
    zh: "以下接收人也没有发送，请再次用这些选项指定：",
  },
  notSentInDoubt: {
    en: "In doubt, the message may have arrived; look before sending it again:",
    zh: "以下存疑，消息可能已送达；重发之前请先确认：",
  },
  notSentFile: {
    en: "Not sent and worth another try: {count}, listed in {path}",
    zh: "没有发送、可以再试的有 {count} 个，名单在 {path}",
  },
  unknownNumbers: {
    en: "Too many unknown numbers close look-ups, so take those out of the list first: the same command with --dry-run --json shows them (state not_found) and sends nothing.",
    zh: "查询过多不存在的号码会导致查询被停止，请先从名单中删去：同一条命令加上 --dry-run --json 可列出它们（state 为 not_found），不会发送。",
  },
  notSentTake: {
    en: "Try them again with --mobiles-from {path}",
    zh: "再试请用 --mobiles-from {path}",
  },
  notSentResume: {
    en: "Or repeat the same command, which continues where “{file}” ends.",
    zh: "也可以重复同一条命令，从“{file}”记录的地方继续。",
  },
  notSentUnwritable: {
    en: "{count} recipients were not sent to, and the list of them could not be written ({what}). --json prints everybody.",
    zh: "有 {count} 个接收人没有发送，但名单无法写入文件（{what}）。--json 可列出全部接收人。",
  },
  recalled: { en: "Recalled.", zh: "已撤回。" },

  // Simulator
  simulatorAt: { en: "A WeCom on this machine", zh: "本机的模拟企业微信" },
  simulatorBaseUrl: { en: "base URL", zh: "API 地址" },
  simulatorCorpId: { en: "corp id", zh: "企业 ID" },
  simulatorApp: { en: "app", zh: "应用" },
  simulatorPhones: { en: "phones", zh: "手机" },
  simulatorTry: { en: "Next, in another terminal:", zh: "接下来，在另一个终端执行：" },
  simulatorText: { en: "hello", zh: "你好" },
  simulatorExport: { en: "For a program of your own:", zh: "供你自己的程序使用：" },
  simulatorStop: { en: "Ctrl-C stops it.", zh: "按 Ctrl-C 停止。" },
  simulatorShadowed: {
    en: "{name} is set here ({source}), so `send` would use that and not this simulator, unless you export the lines above.",
    zh: "这里设置了 {name}（{source}），send 会用它而不是这个模拟器，除非执行上面的 export。",
  },
  simulatorFaults: {
    en: "The simulator cannot start; what is wrong ({count}):",
    zh: "模拟器无法启动（{count} 处问题）。",
  },
  membersAndOrg: {
    en: "adds to the built-in organisation; with --org, list the members in the file.",
    zh: "只能配合内置的组织架构；用 --org 时请把成员写在文件里。",
  },
  portInUse: {
    en: "Port {port} on {host} is in use. Choose another with {flag}, or 0 for any free one.",
    zh: "{host} 的端口 {port} 已被占用。请用 {flag} 换一个，0 表示任选空闲端口。",
  },
  portForbidden: {
    en: "Port {port} may not be used without more rights; take one from 1024 up.",
    zh: "没有权限使用端口 {port}，请用 1024 以上的端口。",
  },
  hostUnknown: { en: "{host} is not an address of this machine.", zh: "{host} 不是本机的地址。" },
  simulatorStopped: { en: "Stopped.", zh: "已停止。" },

  // Doctor
  stepConfiguration: { en: "configuration", zh: "配置" },
  stepReach: { en: "reach", zh: "网络" },
  stepToken: { en: "token", zh: "凭证" },
  stepApp: { en: "app", zh: "应用" },
  stepMessage: { en: "first message", zh: "第一条消息" },
  stepKey: { en: "key", zh: "密钥" },
  stepReady: { en: "readiness", zh: "就绪" },
  stepApps: { en: "apps", zh: "应用" },
  stepDatabase: { en: "database", zh: "数据库" },
  stepServer: { en: "server", zh: "服务器" },
  stepRights: { en: "rights", zh: "权限" },
  stepSchema: { en: "tables", zh: "表结构" },
  stepDurability: { en: "durability", zh: "持久性" },
  stepClock: { en: "clock", zh: "时钟" },
  stepPooling: { en: "pooling", zh: "连接池" },
  stepSpace: { en: "disk space", zh: "磁盘空间" },
  stepConnections: { en: "connections", zh: "连接数" },
  stepDeadRows: { en: "dead rows", zh: "死元组" },
  stepMasterKey: { en: "master key", zh: "主密钥" },
  stepFiles: { en: "files", zh: "文件存储" },
  stepPerson: { en: "person", zh: "成员" },
  secretIsSet: { en: "(set)", zh: "（已设置）" },
  notSet: { en: "not set", zh: "未设置" },
  allWell: { en: "All is well.", zh: "一切正常。" },
  next: { en: "Next:", zh: "下一步：" },
  exampleText: { en: "disk 91%", zh: "磁盘 91%" },
  wellButWarned: { en: "It works; see what is marked with !.", zh: "可以使用，但请留意标有 ! 的项。" },
  triesFailed: {
    en: "{count} tries before that failed: {what}",
    zh: "此前有 {count} 次请求失败：{what}",
  },
  triesFailedHint: {
    en: "Something between here and WeCom (a proxy, a gateway, the network) fails at times. Calls are tried again, so messages are late, or end in doubt.",
    zh: "到企业微信之间的代理、网关或网络时好时坏。请求会自动重试，但消息可能延迟或存疑。",
  },
  skipped: { en: "not tried", zh: "未检查" },
  reachThroughProxy: { en: "through the proxy {proxy}", zh: "经代理 {proxy}" },
  reachOk: { en: "{host}: {address}, {ms} ms", zh: "{host}：{address}，{ms} 毫秒" },
  dnsFailed: { en: "The name {host} was not found ({what}).", zh: "无法解析域名 {host}（{what}）。" },
  dnsHint: {
    en: "Check the name and this machine's DNS. Behind a company proxy, set HTTPS_PROXY.",
    zh: "请检查域名和本机的 DNS。若需经公司代理上网，请设置 HTTPS_PROXY。",
  },
  connectFailed: {
    en: "{host}:{port} does not take a connection ({what}).",
    zh: "无法连接 {host}:{port}（{what}）。",
  },
  connectHint: {
    en: "Check firewall and address. Behind a company proxy, set HTTPS_PROXY.",
    zh: "请检查防火墙和地址。若需经公司代理上网，请设置 HTTPS_PROXY。",
  },
  proxyHint: {
    en: "The proxy {proxy} is the one of HTTPS_PROXY. Check its address and that it runs; to reach {host} without it, put {host} into NO_PROXY.",
    zh: "代理 {proxy} 来自 HTTPS_PROXY。请检查其地址以及是否在运行；如需不经代理访问 {host}，请将它写入 NO_PROXY。",
  },
  connectSimulatorHint: {
    en: "Nothing listens there. Is the simulator still running? `npx wecom-push simulate` starts one.",
    zh: "那里没有程序在监听。模拟器还在运行吗？可用 npx wecom-push simulate 启动。",
  },
  noTls: {
    en: "{host}:{port} answers without TLS ({what}).",
    zh: "{host}:{port} 的应答没有使用 TLS（{what}）。",
  },
  noTlsHint: {
    en: "Is it the right port? Where there is no TLS on purpose, as on this machine, write the address with http://.",
    zh: "请检查端口是否正确。如果那里有意不使用 TLS（例如在本机），地址请写成 http://。",
  },
  tlsFailed: {
    en: "{host} shows a certificate that is not trusted ({what}).",
    zh: "{host} 的证书不受信任（{what}）。",
  },
  tlsHint: {
    en: "Does a proxy decrypt TLS? Then give its certificate by NODE_EXTRA_CA_CERTS. Certificates are always checked.",
    zh: "是否有拆解 TLS 的代理？请用 NODE_EXTRA_CA_CERTS 指定它的证书。证书校验不能关闭。",
  },
  plainHttp: {
    en: "{url} is not encrypted: secret and messages travel in the clear.",
    zh: "{url} 未加密：Secret 和消息以明文传输。",
  },
  tokenOk: { en: "WeCom accepts corp id and secret.", zh: "企业微信接受了企业 ID 和 Secret。" },
  appOk: { en: "“{name}” ({agentId})", zh: "“{name}”（{agentId}）" },
  appRange: {
    en: "visible range: {members} members, {departments} departments, {tags} tags",
    zh: "可见范围：{members} 名成员、{departments} 个部门、{tags} 个标签",
  },
  appRangeEmpty: {
    en: "The app's visible range is empty, so it can reach no member.",
    zh: "应用的可见范围是空的，谁也发不到。",
  },
  appRangeHint: {
    en: "Admin console → App Management → the app → Visible range: add members, departments or tags.",
    zh: "管理后台 → 应用管理 → 该应用 → 可见范围：添加成员、部门或标签。",
  },
  appClosed: { en: "The app is disabled in the admin console.", zh: "应用在管理后台被停用了。" },
  appClosedHint: {
    en: "Admin console → App Management → the app: enable it.",
    zh: "管理后台 → 应用管理 → 该应用：启用它。",
  },
  personFound: { en: "{address} is {userid}", zh: "{address} 是 {userid}" },
  personLicence: {
    en: "Whether they hold an API licence only a send can tell.",
    zh: "该成员是否有接口许可，只有发送时才能知道。",
  },
} as const satisfies Record<string, Bilingual>

export type TextKey = keyof typeof texts

/** A text with nothing to fill in. */
export type PlainTextKey = PlainKey<typeof texts>

export const say: Saying<typeof texts> = sayingFrom(texts)
