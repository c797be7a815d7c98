import type { Bilingual } from "@wecom-push/protocol"
import { sayingFrom } from "../saying.ts"
import type { Saying } from "../saying.ts"

/** Texts for commands that ask a gateway; kept apart, so that other commands need not load them. */
export const gatewayTexts = {
  // Reaching it
  keyRefused: {
    en: "The gateway refuses this key: {name} ({where}).",
    zh: "网关不接受此密钥：{name}（{where}）。",
  },
  keyRefusedHint: {
    en: "Give a key of this gateway, wp_…, that was not revoked. `wecom-push keys create --name NAME` makes one with an admin key; on the gateway's own machine `wecom-push keys create --admin` makes an admin key.",
    zh: "请使用该网关未被吊销的密钥，形如 wp_…。有管理密钥时用 wecom-push keys create --name 名称 新建；在网关所在的机器上可用 wecom-push keys create --admin 新建管理密钥。",
  },
  noSuchPathHint: {
    en: "Give the address of the gateway without a path, as in http://127.0.0.1:7788, unless a proxy in front of it adds one. Or the gateway is of an older version, without this path.",
    zh: "网关地址不要带路径，应形如 http://127.0.0.1:7788，除非网关前面的代理加了路径。也可能是旧版本的网关没有此路径。",
  },
  alreadySentHint: {
    en: "`wecom-push status ID` shows the state of each recipient. `wecom-push recall ID` takes back from the phones what has gone out, within 24 hours.",
    zh: "可用 wecom-push status 编号 查看每个接收人的状态。已发出的消息可在 24 小时内用 wecom-push recall 编号 撤回。",
  },
  nothingToRetryHint: {
    en: "`wecom-push status ID` shows the state of each; --state names those to try again.",
    zh: "可用 wecom-push status 编号 查看每个接收人的状态，用 --state 指定要重发的状态。",
  },
  noGateway: { en: "No gateway is configured.", zh: "还没有配置网关。" },
  keyMissing: {
    en: "not set (a key of the gateway, wp_…; `wecom-push keys create --admin` on its machine makes one).",
    zh: "没有设置（网关的密钥，形如 wp_…；可在网关所在的机器上用 wecom-push keys create --admin 新建）。",
  },
  badKey: {
    en: "blanks, control characters or other than ASCII in it; a key looks like wp_….",
    zh: "含有空白、控制字符或非 ASCII 字符；密钥形如 wp_…。",
  },
  badGatewayUrl: {
    en: "not an address like http://127.0.0.1:7788.",
    zh: "不是有效地址，应形如 http://127.0.0.1:7788。",
  },
  howToReach: { en: "With a gateway that runs somewhere:", zh: "已有网关在运行：" },
  howToTry: {
    en: "To try one on this machine, no account needed:",
    zh: "没有账号也能试，在本机启动一个：",
  },
  usingTrial: { en: "using the trial gateway at {url}", zh: "使用本机的试用网关 {url}" },
  unreachable: {
    en: "The gateway at {url} cannot be reached ({what}).",
    zh: "无法连接网关 {url}（{what}）。",
  },
  answerLost: {
    en: "The answer of the gateway at {url} was lost ({what}).",
    zh: "没有收到网关 {url} 的应答（{what}）。",
  },
  unreachableHere: {
    en: "Is it running? `wecom-push serve` starts one; its log says why it ended.",
    zh: "网关在运行吗？可用 wecom-push serve 启动；异常退出的原因见它的日志。",
  },
  unreachableHint: {
    en: "Check the address and the network; `wecom-push doctor --gateway` goes through it step by step.",
    zh: "请检查地址和网络；wecom-push doctor --gateway 可逐步排查。",
  },
  notAGateway: {
    en: "What answers at {url} is not this gateway (HTTP {status}).",
    zh: "{url} 上应答的不是本网关（HTTP {status}）。",
  },
  answeredWith: {
    en: "The answer was HTTP {status}, and not one of the gateway's.",
    zh: "收到 HTTP {status}，而且不是网关自己的应答。",
  },
  redirected: {
    en: "The answer was a redirect (HTTP {status}) to {location}; the key is not sent on.",
    zh: "收到重定向（HTTP {status}），指向 {location}；密钥不会转发到别处。",
  },
  notAGatewayHint: {
    en: "Check the address, with https:// and the path if it has one; a proxy in between may be what answered.",
    zh: "请检查地址，包括 https:// 和可能有的路径；也可能是中间的代理在应答。",
  },
  retryAfter: { en: "It may be repeated in {seconds} s.", zh: "{seconds} 秒后可以重试。" },
  readerGone: { en: "The output was closed.", zh: "输出已无人读取。" },
  readerGoneAfter: {
    en: "The output was closed. To continue behind what was printed: --after {last}",
    zh: "输出已无人读取。要从已输出的内容之后继续，请用 --after {last}",
  },
  interrupted: { en: "Interrupted.", zh: "已中断。" },

  // Sending
  notOrderKey: {
    en: "an order key has 1 to {most} characters.",
    zh: "应为 1 到 {most} 个字符。",
  },
  notIdempotencyKey: {
    en: "an idempotency key has 1 to 255 visible ASCII characters, a UUID for example.",
    zh: "应为 1 到 255 个可见 ASCII 字符，例如 UUID。",
  },
  notTime: {
    en: "“{value}” is not a time with zone, as in 2026-12-01T09:00:00+08:00.",
    zh: "“{value}”不是带时区的时间，应形如 2026-12-01T09:00:00+08:00。",
  },
  notWait: {
    en: "“{value}” is not a number of seconds from 0 to {most}.",
    zh: "“{value}”不是有效的秒数，应为 0 到 {most} 的整数。",
  },
  tryingAgain: { en: "{what} Trying again in {seconds} s.", zh: "{what}{seconds} 秒后重试。" },
  maybeAccepted: {
    en: "{what} The message may have been accepted.",
    zh: "{what}消息可能已被受理。",
  },
  repeatSafely: {
    en: "Repeating is safe with --idempotency-key {key}: for 72 hours it gives the same message.",
    zh: "可以放心用 --idempotency-key {key} 重发：72 小时内得到的是同一条消息。",
  },
  interruptedAccepting: {
    en: "Interrupted before the gateway answered; the message may have been accepted.",
    zh: "网关应答之前被中断，消息可能已被受理。",
  },
  interruptedWaiting: {
    en: "Interrupted. The gateway still sends {id}; `wecom-push status {id}` follows it, `wecom-push recall {id}` takes it back.",
    zh: "已中断。网关会继续处理 {id}；可用 wecom-push status {id} 查看，用 wecom-push recall {id} 撤回。",
  },
  replayed: {
    en: "This idempotency key was used before: this is the result of the first message, and nothing new was sent.",
    zh: "这个幂等键以前用过：以下是第一条消息的结果，没有发送新消息。",
  },
  stillPending: {
    en: "Still pending after {seconds} s; the gateway still sends it. `wecom-push status {id}` follows it.",
    zh: "等待 {seconds} 秒后仍未完成，网关会继续处理。可用 wecom-push status {id} 查看。",
  },
  scheduledFor: {
    en: "Scheduled for {time}. `wecom-push status {id}` follows it.",
    zh: "将在 {time} 发送。可用 wecom-push status {id} 查看。",
  },
  outcomeUnknown: {
    en: "Accepted as {id}, but its outcome cannot be read: {what}",
    zh: "已受理，编号 {id}，但无法读取结果：{what}",
  },
  messageIdOf: { en: "message (for recall and status): {id}", zh: "消息编号（撤回和查看时用）：{id}" },
  moreRecipients: {
    en: "… and {count} more: {states}; --json lists all.",
    zh: "…… 另有 {count} 个：{states}；--json 可列出全部。",
  },

  // Reasons why a recipient waits
  delayOther: { en: "waits ({reason})", zh: "等待中（{reason}）" },
  delayUntil: { en: ", until {time}", zh: "，直到 {time}" },
  delayNextTry: { en: "; next try {time}", zh: "；下次尝试 {time}" },

  // Reasons why a message waits
  problemAppPaused: {
    en: "The app is paused, because WeCom refuses it; messages wait until that is corrected.",
    zh: "应用已暂停：企业微信拒绝了它，消息会等到问题解决后再发送。",
  },
  botSecretMissing: {
    en: "A smart robot needs its secret; name the file that it is in.",
    zh: "智能机器人需要 Secret，请指定存放它的文件。",
  },
  botOrRobot: {
    en: "--bot-id is for a smart robot, --robot-key-file for a group robot; keep one.",
    zh: "--bot-id 用于智能机器人，--robot-key-file 用于群机器人，请只保留一个。",
  },
  problemBotTaken: {
    en: "The smart robot is paused; messages wait until the gateway has it again.",
    zh: "智能机器人已暂停，消息会等到网关重新连接后再发送。",
  },
  botTaken: {
    en: "another program has connected with this bot id.",
    zh: "另一个程序用同一个 Bot ID 建立了连接。",
  },
  botTakenHint: {
    en: "Stop that program, or give it a robot of its own; the gateway tries again after 1, 2, 4 … 60 minutes, and at once after a change of the secret.",
    zh: "请停止该程序，或为它另建机器人；网关在 1、2、4 … 60 分钟后重试，修改 Secret 后立即重试。",
  },
  problemSecretUnreadable: {
    en: "The app is paused; messages wait until its secret is set again.",
    zh: "应用已暂停，消息会等到重新提供 Secret 后再发送。",
  },
  secretUnreadable: {
    en: "the gateway could not read the stored secret of the app.",
    zh: "网关无法读取该应用已存储的 Secret。",
  },
  secretUnreadableHint: {
    en: "Set it again: `wecom-push apps set NAME --secret-file FILE`; for a group robot `--robot-key-file FILE`, for a smart robot `--bot-id ID` too, and for an app with a callback `--callback-token-file` and `--aes-key-file` too. The waiting messages are then sent at once.",
    zh: "请重新提供：wecom-push apps set 名称 --secret-file 文件；群机器人用 --robot-key-file 文件，智能机器人还要加 --bot-id，使用回调的应用还要加 --callback-token-file 和 --aes-key-file。之后消息会立即发出。",
  },
  problemUnreachable: {
    en: "WeCom cannot be reached since {time}; nothing has failed, messages wait.",
    zh: "从 {time} 起无法连接企业微信；没有消息失败，都在等待。",
  },
  nextTry: { en: "Next try: {time}.", zh: "下次尝试：{time}。" },
  met: { en: "Met: {what}", zh: "遇到的问题：{what}" },
  causeDns: {
    en: "The name does not resolve: check the base URL (WECOM_API_BASE_URL) and the DNS of the gateway's machine.",
    zh: "域名无法解析：请检查接口地址（WECOM_API_BASE_URL）和网关所在机器的 DNS。",
  },
  causeRefused: {
    en: "Nothing listens there: check host and port of the base URL (WECOM_API_BASE_URL), and the firewall.",
    zh: "该地址没有服务在监听：请检查接口地址（WECOM_API_BASE_URL）的主机和端口，以及防火墙。",
  },
  causeTimeout: {
    en: "No connection gets through: check the network and the firewall of the gateway's machine; behind a proxy set HTTPS_PROXY.",
    zh: "网络不通：请检查网关所在机器的网络和防火墙；需要代理时设置 HTTPS_PROXY。",
  },
  causeProxy: {
    en: "The proxy cannot be used: check HTTPS_PROXY, and whether the proxy runs and reaches WeCom.",
    zh: "代理不可用：请检查 HTTPS_PROXY，以及代理是否在运行、能否连接企业微信。",
  },
  causeReset: {
    en: "The connection breaks off: check firewall, proxy and everything else in between.",
    zh: "连接被中断：请检查防火墙、代理等中间环节。",
  },
  causeUnusable: {
    en: "What answers is not WeCom: check the base URL (WECOM_API_BASE_URL) and the proxy.",
    zh: "应答的不是企业微信：请检查接口地址（WECOM_API_BASE_URL）和代理。",
  },
  causeOther: {
    en: "Check the base URL (WECOM_API_BASE_URL), DNS, proxy and firewall.",
    zh: "请检查接口地址（WECOM_API_BASE_URL）、DNS、代理和防火墙。",
  },
  problemCallRefused: { en: "WeCom refused this message.", zh: "企业微信拒绝了这条消息。" },
  fileRefused: { en: "The file cannot be sent; nothing was sent.", zh: "这个文件无法发送，什么都没有发送。" },
  problemUploadFailed: {
    en: "The file could not be uploaded to WeCom yet; the gateway tries again.",
    zh: "文件暂时无法上传到企业微信，网关会自动重试。",
  },
  problemFilesUnavailable: {
    en: "The bucket that has the file cannot be used now; the gateway tries again.",
    zh: "保存该文件的存储桶暂时无法使用，网关会自动重试。",
  },
  problemOther: { en: "The gateway says: {code}.", zh: "网关提示：{code}。" },

  // Reasons a gateway alone gives

  // Status
  messageHead: { en: "app {app} · {msgtype} · {priority}", zh: "应用 {app} · {msgtype} · {priority}" },
  acceptedAt: { en: "accepted {time}", zh: "受理于 {time}" },
  finishedAt: { en: "finished {time}", zh: "完成于 {time}" },
  sendAt: { en: "to be sent {time}", zh: "定于 {time} 发送" },
  expiresAt: { en: "expires {time}", zh: "{time} 过期" },
  callCount: { en: "calls {count}", zh: "调用 {count} 次" },
  badMessageId: {
    en: "“{value}” is not the id of a message: msg_…",
    zh: "“{value}”不是消息编号，应形如 msg_…",
  },

  retried: {
    en: "Recipients tried again: {count}. `wecom-push status {id}` follows them.",
    zh: "重新发送的接收人：{count}。可用 wecom-push status {id} 查看。",
  },
  cancelled: {
    en: "Recipients cancelled: {count}. The message is now: {state}.",
    zh: "已取消的接收人：{count}。消息现在的状态：{state}。",
  },

  cancelOneOfThem: {
    en: "give the id of a message, --all-of-key or --all-of-app, and only one of them.",
    zh: "请只给出消息编号、--all-of-key、--all-of-app 其中之一。",
  },
  cancelAllNeedsYes: {
    en: "is needed to cancel all messages of a key or an app.",
    zh: "取消某个密钥或应用的全部消息时需要此选项。",
  },
  askCancelAll: { en: "Cancel all unfinished messages of {name}?", zh: "确定取消 {name} 的全部未完成消息吗？" },
  nothingCancelled: { en: "Nothing was cancelled.", zh: "没有取消任何消息。" },
  cancelledSoFar: { en: "Messages cancelled so far: {messages}.", zh: "目前已取消的消息：{messages}。" },
  cancelledAll: {
    en: "Messages cancelled: {messages}; recipients: {recipients}.",
    zh: "已取消的消息：{messages}；接收人：{recipients}。",
  },
  notCancelled: { en: "{id} was not cancelled, or not as a whole: {code}", zh: "{id} 未取消或未全部取消：{code}" },

  // Tail
  mcpServing: {
    en: "Serving an MCP client on standard input and output, through {url}. It is meant to be started by the client.",
    zh: "正在通过标准输入输出为 MCP 客户端服务，网关为 {url}。此命令应由客户端启动。",
  },
  mcpNotAMessage: {
    en: "A line from the client is JSON, but no message of the protocol (JSON-RPC 2.0). It was skipped, without an answer.",
    zh: "客户端发来的一行虽是 JSON，但不是协议消息（JSON-RPC 2.0），已跳过，不作应答。",
  },
  following: { en: "Following {url}; Ctrl-C ends it.", zh: "正在跟踪 {url}，按 Ctrl-C 结束。" },
  connectionLost: { en: "{what} Connecting again.", zh: "{what}正在重新连接。" },
  connectedAgain: { en: "Connected again; nothing was missed.", zh: "已重新连接，没有遗漏。" },
  streamEnded: { en: "The gateway at {url} has ended the connection.", zh: "网关 {url} 关闭了连接。" },
  eventReset: {
    en: "the gateway was restored from a backup: events read after it may not be true any more; the oldest events that it has follow",
    zh: "网关已从备份恢复，备份之后的事件可能已不成立；下面从现存最早的事件开始",
  },
  eventAccepted: { en: "accepted", zh: "已受理" },
  eventReopened: { en: "tried again", zh: "重新处理" },
  eventAppPaused: { en: "app paused", zh: "应用暂停" },
  eventAppResumed: { en: "app resumed", zh: "应用恢复" },
  eventAppChanged: { en: "app changed", zh: "应用已修改" },
  eventQuotaLow: { en: "person-times of the day run out", zh: "当日人次即将用完" },
  eventQuotaSpent: { en: "person-times of the day are spent; messages wait", zh: "当日人次已用完，消息等待次日发送" },
  personTimes: { en: "person-times {count}", zh: "人次 {count}" },
  eventCardClicked: { en: "card pressed", zh: "点击卡片" },
  eventCardMenu: { en: "card menu", zh: "点击卡片菜单" },
  recipientCount: { en: "recipients {count}", zh: "接收人 {count}" },
  notEventId: { en: "“{value}” is not the id of an event: a whole number.", zh: "“{value}”不是事件编号，应为整数。" },

  // Keys
  keyMade: { en: "The key {id} ({name}) is shown this once:", zh: "密钥 {id}（{name}）只显示这一次：" },
  rotated: {
    en: "Both keys are valid. When no program uses the old one any more: wecom-push keys revoke {id}",
    zh: "新旧密钥都有效。旧密钥不再使用后，执行：wecom-push keys revoke {id}",
  },
  notWithAdmin: {
    en: "does not go with --admin, which makes a key of every scope for every app.",
    zh: "不能与 --admin 同用：管理密钥拥有全部权限和全部应用。",
  },
  adminIsLocal: {
    en: "does not go with --admin, which works on the gateway's own machine, in its database (--database).",
    zh: "不能与 --admin 同用：--admin 只在网关所在的机器上操作其数据库（--database）。",
  },
  onlyWithAdmin: { en: "is for --admin only.", zh: "只能与 --admin 同用。" },
  revokesItself: {
    en: "This is the key that this command uses ({name}, {where}): this command and everyone else who uses it will be refused at once.",
    zh: "这正是本命令使用的密钥（{name}，{where}）：吊销后，本命令和其他持有者都会立即被拒绝。",
  },
  revokesItselfNeedsYes: {
    en: "is needed to revoke the key that this command uses ({name}, {where}).",
    zh: "吊销本命令正在使用的密钥（{name}，{where}）时需要此选项。",
  },
  askRevoke: { en: "Revoke {id}?", zh: "确定吊销 {id} 吗？" },
  notRevoked: { en: "Nothing was revoked.", zh: "没有吊销任何密钥。" },
  revoked: { en: "Revoked.", zh: "已吊销。" },
  keyNameMissing: { en: "missing: say who the key is for.", zh: "缺少，请写明这个密钥给谁用。" },
  notCap: { en: "“{value}” is not a number of recipients from 1 up.", zh: "“{value}”不是有效的人数，应为正整数。" },
  allApps: { en: "all apps", zh: "全部应用" },
  capOf: { en: "at most {count} recipients", zh: "每条最多 {count} 人" },
  createdAt: { en: "made {time}", zh: "创建于 {time}" },
  lastUsedAt: { en: "last used {time}", zh: "最近使用 {time}" },
  neverUsed: { en: "never used", zh: "从未使用" },
  revokedAt: { en: "revoked {time}", zh: "已于 {time} 吊销" },
  noKeys: {
    en: "No keys but the one of WECOM_PUSH_ADMIN_KEY.",
    zh: "除 WECOM_PUSH_ADMIN_KEY 之外没有密钥。",
  },

  // Sources
  sourceMade: {
    en: "Source {id} ({name}): the other program is given {url}. Its token is shown this once:",
    zh: "来源 {id}（{name}）：在对方程序中填写 {url}。其 token 只显示这一次：",
  },
  sourceRotated: {
    en: "Source {id} has another token, shown this once:",
    zh: "来源 {id} 已换 token，只显示这一次：",
  },
  sourceRevoked: { en: "The source has ended; its token is refused.", zh: "来源已删除，其 token 已失效。" },
  sourceNoAdapter: {
    en: "missing: name what the other program speaks, as in text, ntfy or alertmanager.",
    zh: "缺少，请写明对方程序所用的协议，如 text、ntfy 或 alertmanager。",
  },
  sourceNoApp: { en: "missing: name the app that its messages come from.", zh: "缺少，请写明用哪个应用发送。" },
  notWholeId: { en: "“{value}” is not a whole number from 1 up.", zh: "“{value}”不是正整数。" },
  notOldToken: { en: "“{value}” is not a number of seconds up to 604800.", zh: "“{value}”应为 0 到 604800 的秒数。" },
  noSources: {
    en: "No sources yet. `wecom-push sources create` makes one.",
    zh: "还没有来源，可用 wecom-push sources create 新建。",
  },
  noTemplate: { en: "missing: name the file that holds the template.", zh: "缺少，请给出存放模板的文件。" },
  notJsonFile: { en: "{file} does not hold JSON.", zh: "{file} 的内容不是 JSON。" },
  sendsNothing: { en: "The text comes out blank: nothing would be sent.", zh: "生成的文本为空，不会发送消息。" },
  isSigned: { en: "signed", zh: "校验签名" },
  oldTokenUntil: { en: "old token valid until {time}", zh: "旧 token 有效至 {time}" },
  toOwnGroup: { en: "its group", zh: "所在的群" },

  // Apps
  appAdded: { en: "App {name} is registered.", zh: "应用 {name} 已登记。" },
  appUpdated: { en: "App {name} is changed.", zh: "应用 {name} 已更新。" },
  appRemoved: { en: "App {name} is removed.", zh: "应用 {name} 已移除。" },
  noApps: {
    en: "No apps yet. `wecom-push apps add NAME` registers one.",
    zh: "还没有应用，可用 wecom-push apps add 名称 登记。",
  },
  running: { en: "running", zh: "正常" },
  paused: { en: "paused", zh: "已暂停" },
  pausedSince: {
    en: "paused since {time}: {what}",
    zh: "从 {time} 起暂停：{what}",
  },
  nextProbe: {
    en: "The oldest waiting message tries again at {time}; nothing has failed.",
    zh: "最早的一条消息将在 {time} 再次尝试；没有消息因此失败。",
  },
  sameAgent: {
    en: "The same agent as {names}: its limits are theirs too.",
    zh: "与 {names} 是同一个 agent，共用一套限制。",
  },
  appSettings: { en: "settings: {settings}", zh: "设置：{settings}" },
  badAppName: {
    en: "“{value}” is not a name for an app: 1 to 63 of a-z, 0-9, - and _, a letter or digit first.",
    zh: "“{value}”不能作为应用名称：应为 1 到 63 个 a-z、0-9、-、_，以字母或数字开头。",
  },
  badSet: {
    en: "“{value}” is not of the form name=value, as in member_per_minute=20 or mobile_check=length.",
    zh: "“{value}”格式不对，应为 名称=值，例如 member_per_minute=20 或 mobile_check=length。",
  },
  nothingToChange: {
    en: "Nothing to change was given; name --secret-file, --corp-id, --agent-id or --set.",
    zh: "没有给出要修改的内容，请用 --secret-file、--corp-id、--agent-id 或 --set。",
  },

  nameAnApp: {
    en: "The key holds several apps; name one by --app: {apps}",
    zh: "密钥包含多个应用，请用 --app 指定其中之一：{apps}",
  },
  keyHoldsNone: { en: "The key holds no app.", zh: "密钥不包含任何应用。" },

  // Contacts and chats
  directoryOld: {
    en: "The last reading of WeCom failed; this is what the gateway had read before.",
    zh: "网关最近一次向企业微信读取失败，以下是之前读取的内容。",
  },
  chatInDoubt: {
    en: "WeCom's answer to the creation of this chat was lost; whether it is there shows when it is created again with its chatid.",
    zh: "创建该群聊时没有收到企业微信的应答；用相同的 chatid 再次创建即可确定它是否存在。",
  },

  // Recall
  recalledAll: { en: "Recalled from the phones: {calls} calls.", zh: "已从手机上撤回：{calls} 次调用。" },
  cancelledSome: {
    en: "Cancelled before anything was sent: {count} recipients.",
    zh: "发出之前已取消：{count} 个接收人。",
  },
  notRecalled: { en: "call {call}: {what}", zh: "第 {call} 次调用：{what}" },
  notRecalledSome: { en: "{count} calls: {what}", zh: "{count} 次调用：{what}" },
  recallRefusedSome: { en: "WeCom refused", zh: "企业微信拒绝撤回" },
  recallRefused: { en: "WeCom refused ({errcode} {errmsg})", zh: "企业微信拒绝撤回（{errcode} {errmsg}）" },
  recallExpired: { en: "older than 24 hours", zh: "已超过 24 小时" },
  recallInFlight: { en: "still under way; recall again in a moment", zh: "正在发送，请稍后再撤回一次" },
  recallUnknown: {
    en: "its answer was lost, so that WeCom has no msgid to recall by",
    zh: "应答丢失，没有可用于撤回的 msgid",
  },
  recallUnreachable: { en: "WeCom could not be reached; recall again", zh: "无法连接企业微信，请再撤回一次" },
  recallNotAsked: {
    en: "WeCom could not be asked ({errmsg}); mend that, then recall again",
    zh: "无法请求企业微信（{errmsg}），请排除原因后再撤回一次",
  },

  // Cards
  cardRefused: { en: "WeCom refused ({errcode} {errmsg})", zh: "企业微信拒绝更新（{errcode} {errmsg}）" },
  cardUnreachable: {
    en: "WeCom could not be reached; update the card again",
    zh: "无法连接企业微信，请再更新一次",
  },
  cardUnknown: {
    en: "WeCom's answer was lost, so that the card may have changed; updating it again is safe",
    zh: "企业微信的应答丢失，卡片可能已更新；可以放心再更新一次",
  },
  cardNoCode: {
    en: "no unused code is left; the next press of the card brings one",
    zh: "没有未使用的 code，下次点击卡片后可更新",
  },
  cardNotRecipient: { en: "did not get this message", zh: "没有收到过这条消息" },

  // Doctor
  keyIs: { en: "named {name} ({id})", zh: "名为 {name}（{id}）" },
  keyScopes: { en: "scopes: {scopes}", zh: "权限：{scopes}" },
  cannotSend: { en: "This key may not send (scope send is missing).", zh: "这个密钥不能发送（缺少 send 权限）。" },
  cannotSendHint: {
    en: "wecom-push keys create --name … --scope send,read makes one that may.",
    zh: "可用 wecom-push keys create --name … --scope send,read 新建。",
  },
  cannotRead: {
    en: "This key may not read outcomes (scope read is missing), so `send` cannot read the result of a message.",
    zh: "这个密钥不能读取结果（缺少 read 权限），send 无法得知消息的结果。",
  },
  ready: { en: "accepts messages and sends them, version {version}", zh: "可以受理并发送消息，版本 {version}" },
  notReady: {
    en: "The gateway runs, but does not accept messages or does not send them now.",
    zh: "网关在运行，但目前不能受理或不能发送消息。",
  },
  notReadyHint: {
    en: "It may be starting or stopping, or in trouble with its disk: look at its log, and at free space there.",
    zh: "可能正在启动或停止，也可能磁盘有问题：请查看它的日志和磁盘剩余空间。",
  },
  noAppsForKey: { en: "The key reaches no app.", zh: "这个密钥没有可用的应用。" },
  appRuns: { en: "{name}: running", zh: "{name}：正常" },
  databaseIs: {
    en: "{kind}, synchronous={synchronous}: a 202 means it is on the disk",
    zh: "{kind}，synchronous={synchronous}：返回 202 即已落盘",
  },
  databaseWeak: {
    en: "{kind}, synchronous={synchronous}: what was answered 202 may be lost when the power fails.",
    zh: "{kind}，synchronous={synchronous}：断电时已返回 202 的消息可能丢失。",
  },
  databaseWeakHint: {
    en: "Restart the gateway; it sets synchronous=full itself.",
    zh: "请重启网关，它会自行设为 full。",
  },
  databaseTrouble: {
    en: "The gateway cannot store at present ({what}).",
    zh: "网关目前无法写入数据库（{what}）。",
  },
  unreachableSince: { en: "{name}: WeCom cannot be reached since {time}", zh: "{name}：从 {time} 起无法连接企业微信" },
  late: {
    en: "late: {count} messages should have gone out, the first {age} ago",
    zh: "延误：{count} 条消息本应已发出，最早的晚了 {age}",
  },
  lateHint: {
    en: "`wecom-push status ID` says what a message waits for.",
    zh: "wecom-push status 编号 可查看某条消息在等什么。",
  },
  backlogNear: {
    en: "The backlog is nearly full: at {limit} unfinished messages new ones are refused with 503.",
    zh: "积压即将达到上限：未完成的消息达到 {limit} 条后，新消息返回 503。",
  },
  storageFull: {
    en: "The disk is full: nothing is accepted; what was accepted is still settled out of a reserve.",
    zh: "磁盘已满：不再受理新消息；已受理的消息仍可用预留空间记录结果。",
  },
  backlog: { en: "unfinished messages: {count}", zh: "未完成的消息：{count}" },
  plainHttpKey: {
    en: "{url} is not encrypted: the key and messages travel in the clear.",
    zh: "{url} 未加密：密钥和消息以明文传输。",
  },
} as const satisfies Record<string, Bilingual>

export const say: Saying<typeof gatewayTexts> = sayingFrom(gatewayTexts)
