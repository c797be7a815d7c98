import type { FaultKind } from "../../../src/faults/planned-fault.ts"
import type { Stats } from "../../../src/ledger.ts"
import type { EffectField } from "./faults/fault-fields.ts"

export type Section = "calls" | "faults" | "clock" | "settings" | "organisation" | "simulator"

export interface PanelWords {
  readonly sections: Readonly<Record<Section, string>>
  readonly nav: string
  readonly offline: string
  readonly unknownSection: (wanted: string, shown: string) => string
  readonly left: (count: number) => string
  readonly changed: (count: number) => string
  /** Shown on the clock's link when the clock was advanced. */
  readonly ahead: string
  readonly copied: string
  readonly loading: string
  readonly yes: string
  readonly no: string
  /** Says to screen readers that a field is required. */
  readonly needed: string

  readonly calls: CallWords
  readonly faults: FaultWords
  readonly clock: ClockWords
  readonly settings: SettingsWords
  readonly organisation: OrganisationWords
  readonly simulator: SimulatorWords
}

interface CallWords {
  readonly path: string
  readonly pathHint: string
  readonly answer: string
  readonly anyAnswer: string
  readonly refused: string
  readonly noAnswer: string
  readonly oneErrcode: string
  readonly errcode: string
  readonly accepted: string
  readonly waiting: (count: number, hasMore: boolean) => string
  readonly olderFailed: string
  readonly unanswered: string
  readonly none: string
  readonly noneFit: string
  readonly older: string
  readonly oldest: string
  readonly shownBadge: (count: number) => string
  readonly suppressedBadge: (count: number) => string
  readonly droppedBadge: (count: number) => string
  readonly list: string
  readonly query: string
  readonly request: string
  readonly emptyBody: string
  readonly response: string
  readonly noResponse: string
  readonly forgotten: string
  readonly shown: string
  readonly suppressed: string
  readonly dropped: string
  readonly noOne: string
  readonly andMore: (count: number) => string
  readonly fault: string
  readonly time: string
  readonly copyCurl: string
  readonly copyFailed: string
  readonly curlHint: string
}

interface FaultWords {
  readonly readyMade: string
  readonly added: (name: string) => string
  readonly own: string
  readonly path: string
  readonly pathHint: string
  readonly kind: string
  readonly kinds: Readonly<Record<FaultKind, string>>
  readonly effects: Readonly<Record<FaultKind, string>>
  readonly times: string
  readonly after: string
  readonly match: string
  readonly matchHint: string
  readonly fields: Readonly<Record<EffectField, string>>
  readonly bodyOfErrcode: string
  readonly delayOfDrip: string
  readonly forEver: string
  readonly add: string
  readonly ownAdded: string
  readonly left: string
  readonly noneLeft: string
  readonly remove: (fault: string) => string
  readonly removedOne: string
  readonly removeAll: string
  readonly removed: string
  readonly everyCall: string
  readonly timesLeft: (count: number) => string
  readonly afterLeft: (count: number) => string
  readonly onlyWith: (text: string) => string
  readonly ms: (count: number) => string
  readonly bytes: (count: number) => string
  readonly withBody: string
  readonly done: string
}

export type Unit = "seconds" | "minutes" | "hours" | "days"

interface ClockWords {
  readonly now: string
  readonly beijing: (time: string) => string
  readonly ahead: (duration: string) => string
  readonly inStep: string
  readonly explained: string
  readonly days: (count: number) => string
  readonly hours: (count: number) => string
  readonly minutes: (count: number) => string
  readonly seconds: (count: number) => string
  readonly advance: string
  readonly steps: string
  readonly past: string
  readonly pastToken: string
  readonly pastRecall: string
  readonly pastMedia: string
  readonly custom: string
  readonly amount: string
  readonly unit: string
  readonly units: Readonly<Record<Unit, string>>
  readonly advanced: (duration: string) => string
  readonly set: string
  readonly setTo: string
  readonly setLabel: string
  readonly setHint: string
  readonly noTime: string
  readonly notAhead: string
}

interface SettingsWords {
  readonly find: string
  readonly onlyChanged: string
  readonly none: string
  readonly isDefault: string
  readonly default: (value: string) => string
  readonly reset: (name: string) => string
  readonly resetAll: string
  readonly resetAllQuestion: (count: number) => string
  readonly allReset: string
  readonly on: string
  readonly off: string
  readonly saved: (name: string) => string
  readonly limits: string
  /** The meaning of an empty field. */
  readonly emptyMeans: (none: string) => string
}

interface SimulatorWords {
  readonly counted: string
  readonly stats: Readonly<Record<keyof Stats, string>>
  readonly revoke: string
  readonly revokeHint: string
  readonly revoked: (count: number) => string
  readonly reset: string
  readonly resetHint: string
  readonly resetQuestion: string
  readonly wasReset: string
  readonly paths: string
  readonly pathsHint: string
}

interface OrganisationWords {
  readonly departments: string
  readonly everybody: string
  readonly members: string
  readonly membersOf: (count: number) => string
  readonly find: string
  readonly noMember: string
  readonly more: (count: number) => string
  readonly moreDepartments: (count: number) => string
  readonly columns: Readonly<Record<"name" | "userid" | "mobile" | "departments", string>>
  readonly unlicensed: string
  readonly document: string
  readonly documentHint: string
  readonly editor: string
  readonly download: string
  readonly upload: string
  readonly save: string
  readonly saved: string
  readonly discard: string
  readonly discardQuestion: string
  readonly edited: string
  readonly problems: (count: number) => string
  readonly line: (line: number) => string
  readonly whole: string
  readonly broken: string
  readonly tooLong: (members: number, size: string) => string
  readonly showAll: string
  readonly failed: string
}

const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString("en")} ${count === 1 ? one : many}`
const zh = (count: number): string => count.toLocaleString("zh-CN")

export const PANEL_WORDS: Readonly<Record<"zh" | "en", PanelWords>> = {
  en: {
    sections: {
      calls: "Calls",
      faults: "Faults",
      clock: "Clock",
      settings: "Settings",
      organisation: "Organisation",
      simulator: "Simulator",
    },
    nav: "Sections of the panel",
    offline: "The simulator does not answer. Trying again…",
    unknownSection: (wanted, shown) => `There is no section “${wanted}”. This is ${shown}; the others are in the list.`,
    left: (count) => `${count} to come`,
    changed: (count) => `${count} changed`,
    ahead: "ahead",
    copied: "Copied",
    loading: "Loading…",
    yes: "Yes",
    no: "Cancel",
    needed: "needed",

    calls: {
      path: "Path",
      pathHint: "part of it, as in message/send",
      answer: "Answer",
      anyAnswer: "any",
      refused: "every errcode but 0",
      noAnswer: "none",
      oneErrcode: "one errcode…",
      errcode: "errcode",
      accepted: "errcode 0",
      waiting: (count, hasMore) => (hasMore ? `Over ${count} new calls` : plural(count, "new call")),
      olderFailed: "Older calls could not be loaded. Try again",
      unanswered: "no answer",
      none: "No call yet. Whatever is sent to /cgi-bin/ shows up here.",
      noneFit: "No call fits.",
      older: "Show older calls",
      oldest: "Nothing older is kept",
      shownBadge: (count) => `${count.toLocaleString("en")} shown`,
      suppressedBadge: (count) => `${count.toLocaleString("en")} suppressed`,
      droppedBadge: (count) => `${count.toLocaleString("en")} dropped`,
      list: "Calls, newest first",
      query: "Query",
      request: "Request body",
      emptyBody: "empty",
      response: "Answer",
      noResponse: "None: the path is unknown, the call is under way, or a fault cut it off.",
      forgotten: "Forgotten to make room for newer calls (keep_bytes).",
      shown: "Shown to",
      suppressed: "Suppressed as a duplicate for",
      dropped: "Dropped over the rate for",
      noOne: "no one",
      andMore: (count) => `and ${count.toLocaleString("en")} more`,
      fault: "Met the fault",
      time: "Simulator's time",
      copyCurl: "Copy as curl",
      copyFailed: "The browser did not let it be copied.",
      curlHint: "Tokens and secrets are masked: the command takes them from $ACCESS_TOKEN and $CORPSECRET.",
    },

    faults: {
      readyMade: "Ready-made",
      added: (name) => `Added: ${name}`,
      own: "One of your own",
      path: "Path",
      pathHint: "below /cgi-bin/, or * for every call",
      kind: "Kind",
      kinds: {
        errcode: "errcode: WeCom answers an error",
        http_status: "http_status: something in between answers a status",
        html: "html: something in between answers a page",
        reset_before: "reset_before: the connection is reset, nothing was done",
        reset_after: "reset_after: the connection is reset, all was done",
        hang_before: "hang_before: silence, nothing was done",
        hang_after: "hang_after: silence, all was done",
        slow: "slow: the true answer, late",
        drip: "drip: the true answer, a byte at a time",
        truncate: "truncate: only the beginning of the true answer",
        raw: "raw: these bytes, and then the end",
      },
      effects: {
        errcode: "The message does not arrive, unless the call is done all the same.",
        http_status: "The message does not arrive, unless the call is done all the same.",
        html: "The message does not arrive, unless the call is done all the same. Without a body it is a sign-in page.",
        reset_before: "The message does not arrive.",
        reset_after: "The message arrives, and the caller cannot know.",
        hang_before: "The message does not arrive.",
        hang_after: "The message arrives, and the caller cannot know.",
        slow: "The message arrives.",
        drip: "The message arrives.",
        truncate: "The message arrives, and the caller cannot know.",
        raw: "The message does not arrive, unless the call is done all the same.",
      },
      times: "How many calls",
      after: "Let pass before",
      match: "Only calls that contain",
      matchHint: "text in the raw body",
      fields: {
        errcode: "errcode",
        status: "HTTP status",
        bytes: "Bytes of the answer",
        delay_ms: "Wait before it, ms",
        body: "Body",
        acts: "Do the call all the same: the message arrives, its answer is lost",
      },
      bodyOfErrcode: "Members of the answer, JSON",
      delayOfDrip: "Wait before each byte, ms",
      forEver: "without: until the caller leaves",
      add: "Add the fault",
      ownAdded: "Added.",
      left: "To come",
      noneLeft: "None. Every call is answered as WeCom would.",
      remove: (fault) => `Remove ${fault}`,
      removedOne: "Removed.",
      removeAll: "Remove all",
      removed: "All removed.",
      everyCall: "every call",
      timesLeft: (count) => (count === 1 ? "the next call" : `the next ${count.toLocaleString("en")} calls`),
      afterLeft: (count) => `after ${plural(count, "more call")}`,
      onlyWith: (text) => `only with “${text}”`,
      ms: (count) => `${count.toLocaleString("en")} ms`,
      bytes: (count) => plural(count, "byte"),
      withBody: "with a body",
      done: "done all the same",
    },

    clock: {
      now: "Simulator's time",
      beijing: (time) => `${time} in Beijing, where the days of all limits begin`,
      ahead: (duration) => `${duration} ahead of this machine`,
      inStep: "In step with this machine",
      explained:
        "Tokens, media, card codes, recall and every limit follow this clock. It goes forward only; a reset of everything brings it back.",
      days: (count) => plural(count, "day"),
      hours: (count) => plural(count, "hour"),
      minutes: (count) => plural(count, "minute"),
      seconds: (count) => plural(count, "second"),
      advance: "Advance",
      steps: "Go forward by",
      past: "Go just past",
      pastToken: "the life of a token (2 hours)",
      pastRecall: "the time to recall a message (24 hours)",
      pastMedia: "the life of media and card codes (3 days)",
      custom: "Go forward by another figure",
      amount: "Amount",
      unit: "Unit",
      units: { seconds: "seconds", minutes: "minutes", hours: "hours", days: "days" },
      advanced: (duration) => `Advanced by ${duration}.`,
      set: "Set",
      setTo: "Go to a day and time",
      setLabel: "Day and time",
      setHint: "in the time zone of this browser",
      noTime: "Choose a day and a time.",
      notAhead: "That has passed for the simulator already, and its clock goes forward only.",
    },

    settings: {
      find: "Find a setting",
      onlyChanged: "Only what differs from the default",
      none: "No setting fits.",
      isDefault: "default",
      default: (value) => `Default: ${value}`,
      reset: (name) => `Set ${name} back`,
      resetAll: "Set all back",
      resetAllQuestion: (count) => `Set ${plural(count, "setting")} back to the default?`,
      allReset: "All are at their default.",
      on: "on",
      off: "off",
      saved: (name) => `Saved: ${name}`,
      limits: "Limits",
      emptyMeans: (none) => `empty: ${none}`,
    },

    organisation: {
      departments: "Departments",
      everybody: "All",
      members: "Members",
      membersOf: (count) => plural(count, "member"),
      find: "Find by name, userid or mobile",
      noMember: "No member found.",
      more: (count) => `${count.toLocaleString("en")} more: search to narrow them down.`,
      moreDepartments: (count) => `${count.toLocaleString("en")} more departments are in the document below.`,
      columns: { name: "Name", userid: "Userid", mobile: "Mobile", departments: "Departments" },
      unlicensed: "no licence",
      document: "The organisation as one document",
      documentHint: "Departments, members, tags, apps and robots. Apps' secrets are among them.",
      editor: "The organisation as JSON",
      download: "Download",
      upload: "Open a file",
      save: "Save",
      saved: "Saved: the phones and the apps' ranges follow at once.",
      discard: "Discard changes",
      discardQuestion: "Discard what was changed since it was last saved?",
      edited: "Not saved yet",
      problems: (count) => `Not saved: ${plural(count, "problem")}`,
      line: (line) => `Line ${line}`,
      whole: "the document",
      broken: "is not JSON from here on: a comma, quote or bracket is missing or too many",
      tooLong: (members, size) =>
        `${plural(members, "member")}, ${size}: too long to edit comfortably here. Download it, change it, and open the file.`,
      showAll: "Edit it here all the same",
      failed: "The organisation could not be read. Try again",
    },

    simulator: {
      counted: "Counted since the start",
      stats: {
        calls: "Sends",
        recipients: "Copies shown",
        tokens: "Token calls",
        lookups: "Look-ups",
        suppressed: "Suppressed",
        dropped: "Dropped",
      },
      revoke: "Revoke all tokens",
      revokeHint: "Every token dies at once, as after a secret is reset.",
      revoked: (count) => `${plural(count, "token")} revoked.`,
      reset: "Reset everything",
      resetHint: "The organisation, settings and clock of the start; no message, call, fault or token.",
      resetQuestion:
        "Forget all messages, calls and faults, and go back to the organisation and settings of the start?",
      wasReset: "Everything is as at the start.",
      paths: "Control paths",
      pathsHint: "What this panel does is done through them, and a test can do the same.",
    },
  },
  zh: {
    sections: {
      calls: "调用记录",
      faults: "故障",
      clock: "时钟",
      settings: "设置",
      organisation: "组织",
      simulator: "模拟器",
    },
    nav: "控制台导航",
    offline: "连接不上模拟器，正在重试……",
    unknownSection: (wanted, shown) => `没有名为“${wanted}”的栏目，当前显示的是“${shown}”，其他栏目见列表。`,
    left: (count) => `${count} 项待触发`,
    changed: (count) => `已改 ${count} 项`,
    ahead: "已拨快",
    copied: "已复制",
    loading: "正在加载……",
    yes: "确定",
    no: "取消",
    needed: "必填",

    calls: {
      path: "路径",
      pathHint: "输入一部分即可，如 message/send",
      answer: "应答",
      anyAnswer: "全部",
      refused: "errcode 不为 0",
      noAnswer: "没有应答",
      oneErrcode: "指定 errcode……",
      errcode: "errcode",
      accepted: "errcode 为 0",
      waiting: (count, hasMore) => (hasMore ? `超过 ${count} 次新调用` : `${zh(count)} 次新调用`),
      olderFailed: "更早的调用加载失败，点击重试",
      unanswered: "没有应答",
      none: "还没有调用。发往 /cgi-bin/ 的请求都会显示在这里。",
      noneFit: "没有符合条件的调用。",
      older: "加载更早的调用",
      oldest: "没有更早的记录了",
      shownBadge: (count) => `送达 ${zh(count)}`,
      suppressedBadge: (count) => `去重 ${zh(count)}`,
      droppedBadge: (count) => `丢弃 ${zh(count)}`,
      list: "调用记录，最新的在前",
      query: "查询参数",
      request: "请求体",
      emptyBody: "空",
      response: "应答",
      noResponse: "没有应答：路径不存在、仍在处理，或被故障中断。",
      forgotten: "已丢弃，为较新的调用腾出空间（keep_bytes）。",
      shown: "已送达",
      suppressed: "重复消息，未再投递",
      dropped: "超过频率，被丢弃",
      noOne: "无",
      andMore: (count) => `等，另有 ${zh(count)} 人`,
      fault: "触发的故障",
      time: "模拟器时间",
      copyCurl: "复制为 curl",
      copyFailed: "浏览器不允许复制。",
      curlHint: "令牌和密钥已隐去，命令从 $ACCESS_TOKEN 和 $CORPSECRET 读取。",
    },

    faults: {
      readyMade: "常用故障",
      added: (name) => `已添加：${name}`,
      own: "自定义故障",
      path: "路径",
      pathHint: "/cgi-bin/ 之后的部分；* 表示所有调用",
      kind: "类型",
      kinds: {
        errcode: "errcode：企业微信返回错误码",
        http_status: "http_status：中间设备返回 HTTP 状态码",
        html: "html：中间设备返回网页",
        reset_before: "reset_before：处理之前连接被重置",
        reset_after: "reset_after：处理之后连接被重置",
        hang_before: "hang_before：不处理，也不应答",
        hang_after: "hang_after：处理了，但不应答",
        slow: "slow：应答正确，但迟到",
        drip: "drip：应答正确，但逐字节到达",
        truncate: "truncate：应答只有开头一段",
        raw: "raw：原样写出指定内容后断开",
      },
      effects: {
        errcode: "消息不会送达，除非勾选“照常处理”。",
        http_status: "消息不会送达，除非勾选“照常处理”。",
        html: "消息不会送达，除非勾选“照常处理”。不填内容时返回一个登录页。",
        reset_before: "消息不会送达。",
        reset_after: "消息已送达，但调用方无从得知。",
        hang_before: "消息不会送达。",
        hang_after: "消息已送达，但调用方无从得知。",
        slow: "消息会送达。",
        drip: "消息会送达。",
        truncate: "消息已送达，但调用方无从得知。",
        raw: "消息不会送达，除非勾选“照常处理”。",
      },
      times: "命中次数",
      after: "先放过几次",
      match: "仅限包含此文字的调用",
      matchHint: "在原始请求体中查找",
      fields: {
        errcode: "errcode",
        status: "HTTP 状态码",
        bytes: "应答字节数",
        delay_ms: "延迟（毫秒）",
        body: "内容",
        acts: "照常处理：消息会送达，只是应答丢失",
      },
      bodyOfErrcode: "并入应答的字段（JSON）",
      delayOfDrip: "每字节延迟（毫秒）",
      forEver: "不填则一直等到调用方断开",
      add: "添加故障",
      ownAdded: "已添加。",
      left: "待触发",
      noneLeft: "没有故障，所有调用都按企业微信的方式应答。",
      remove: (fault) => `移除 ${fault}`,
      removedOne: "已移除。",
      removeAll: "全部清除",
      removed: "已全部清除。",
      everyCall: "所有调用",
      timesLeft: (count) => `接下来 ${zh(count)} 次`,
      afterLeft: (count) => `先放过 ${zh(count)} 次`,
      onlyWith: (text) => `仅限包含“${text}”`,
      ms: (count) => `${zh(count)} 毫秒`,
      bytes: (count) => `${zh(count)} 字节`,
      withBody: "带自定义内容",
      done: "照常处理",
    },

    clock: {
      now: "模拟器时间",
      beijing: (time) => `北京时间 ${time}，各项每日限制以此划分日期`,
      ahead: (duration) => `比本机快 ${duration}`,
      inStep: "与本机时间一致",
      explained: "令牌、素材、卡片更新码、撤回时限和各项频率限制都以此为准。时钟只能往前拨，重置模拟器后恢复。",
      days: (count) => `${zh(count)} 天`,
      hours: (count) => `${zh(count)} 小时`,
      minutes: (count) => `${zh(count)} 分钟`,
      seconds: (count) => `${zh(count)} 秒`,
      advance: "拨快",
      steps: "往前拨",
      past: "直接拨到",
      pastToken: "令牌过期之后（2 小时）",
      pastRecall: "撤回时限之后（24 小时）",
      pastMedia: "素材和更新码失效之后（3 天）",
      custom: "往前拨其他时长",
      amount: "数值",
      unit: "单位",
      units: { seconds: "秒", minutes: "分钟", hours: "小时", days: "天" },
      advanced: (duration) => `已拨快 ${duration}。`,
      set: "设定",
      setTo: "拨到指定时间",
      setLabel: "日期和时间",
      setHint: "按浏览器所在时区",
      noTime: "请选择日期和时间。",
      notAhead: "该时间早于模拟器的当前时间，时钟只能往前拨。",
    },

    settings: {
      find: "查找设置",
      onlyChanged: "只看已修改的",
      none: "没有符合条件的设置。",
      isDefault: "默认",
      default: (value) => `默认：${value}`,
      reset: (name) => `恢复 ${name} 的默认值`,
      resetAll: "全部恢复默认",
      resetAllQuestion: (count) => `将 ${zh(count)} 项设置恢复为默认值？`,
      allReset: "已全部恢复默认。",
      on: "开",
      off: "关",
      saved: (name) => `已保存：${name}`,
      limits: "各项限制",
      emptyMeans: (none) => `留空表示${none}`,
    },

    organisation: {
      departments: "部门",
      everybody: "全部",
      members: "成员",
      membersOf: (count) => `${zh(count)} 位成员`,
      find: "查找姓名、账号、手机号",
      noMember: "没有符合条件的成员。",
      more: (count) => `另有 ${zh(count)} 位，请输入更多内容缩小范围。`,
      moreDepartments: (count) => `另有 ${zh(count)} 个部门，见下方的文档。`,
      columns: { name: "姓名", userid: "账号", mobile: "手机号", departments: "部门" },
      unlicensed: "无许可",
      document: "组织文档",
      documentHint: "包含部门、成员、标签、应用和机器人，也包含各应用的 Secret。",
      editor: "组织文档（JSON）",
      download: "下载",
      upload: "打开文件",
      save: "保存",
      saved: "已保存，手机和应用可见范围已更新。",
      discard: "放弃修改",
      discardQuestion: "放弃上次保存之后的修改？",
      edited: "尚未保存",
      problems: (count) => `未保存：有 ${zh(count)} 处问题`,
      line: (line) => `第 ${line} 行`,
      whole: "整个文档",
      broken: "从这里开始不是合法的 JSON：请检查逗号、引号和括号",
      tooLong: (members, size) => `共 ${zh(members)} 位成员，${size}，不便在此编辑。请下载修改后，再打开文件。`,
      showAll: "仍在此编辑",
      failed: "组织文档读取失败，点击重试",
    },

    simulator: {
      counted: "启动以来的计数",
      stats: {
        calls: "发送调用",
        recipients: "送达人次",
        tokens: "获取令牌",
        lookups: "查询成员",
        suppressed: "去重",
        dropped: "丢弃",
      },
      revoke: "吊销所有令牌",
      revokeHint: "所有令牌立即失效，如同重置了 Secret。",
      revoked: (count) => `已吊销 ${zh(count)} 个令牌。`,
      reset: "重置模拟器",
      resetHint: "组织、设置和时钟恢复到启动时的状态，清空消息、调用记录、故障和令牌。",
      resetQuestion: "清空所有消息、调用记录和故障，并恢复启动时的组织和设置？",
      wasReset: "已恢复到启动时的状态。",
      paths: "控制接口",
      pathsHint: "本页的操作都通过这些接口完成，测试程序也可以直接调用。",
    },
  },
}
