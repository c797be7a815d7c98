import type { KeptBackReason } from "../../../src/ledger.ts"
import type { ThemeName } from "./theme.ts"

export interface Words {
  readonly title: string
  readonly skip: string
  readonly views: string
  readonly phones: string
  readonly gallery: string
  readonly panel: string
  /** The other language's own name. */
  readonly otherLanguage: string
  readonly failed: string
  readonly reload: string
  readonly offline: string
  readonly theme: (name: ThemeName) => string
  readonly clock: string
  readonly simulatorTime: (time: string) => string
  /** The steps by which the clock can be advanced, in seconds, with their names. */
  readonly steps: readonly (readonly [seconds: number, name: string])[]
  readonly clockFailed: string
  readonly keys: string
  readonly keyMeanings: readonly (readonly [key: string, meaning: string])[]
  readonly close: string

  readonly members: string
  readonly search: string
  readonly membersInAll: (count: number) => string
  readonly membersFound: (found: number, count: number) => string
  readonly noMember: string
  readonly noMemberHint: string
  readonly newMessages: (count: number) => string
  readonly unlicensed: string
  readonly recalledShort: string

  readonly back: string
  readonly phoneOf: (name: string) => string
  readonly messages: string
  readonly apps: string
  readonly allApps: string
  readonly invisibleApp: string
  readonly keptBack: (count: number) => string
  readonly keptBackTitle: string
  readonly details: string
  readonly choose: string

  readonly searchTexts: string
  readonly noText: (text: string) => string
  readonly rawJson: string
  readonly rawFailed: string
  readonly deleteEntry: string
  readonly clear: string
  /** Some or all messages of this phone were deleted in this browser. */
  readonly deletedHere: string
  readonly deletedExplained: string
  readonly showAgain: string

  readonly emptyPhone: string
  readonly emptyApp: (app: string) => string
  readonly run: string
  readonly copy: string
  readonly copied: string
  readonly copyFailed: string
  readonly unknownMember: string
  readonly unlicensedNotice: string
  readonly invisibleNotice: (app: string) => string
  readonly disabledNotice: (app: string) => string
  /** Shown above a group chat. */
  readonly chatNotice: (app: string, members: number) => string
  readonly notInChat: string
  readonly disbandedChat: string

  readonly olderLoading: string
  readonly olderFailed: string
  readonly beginning: string
  readonly toNewest: string
  readonly newBelow: (count: number) => string
  readonly arrived: (app: string, text: string) => string
  readonly changed: (app: string, text: string) => string

  readonly recalled: (app: string) => string
  readonly showRecalled: string
  readonly hideRecalled: string
  readonly updated: (time: string) => string
  readonly confidential: string
  readonly notShown: string
  readonly reasons: Readonly<Record<KeptBackReason, string>>
  readonly whys: Readonly<Record<KeptBackReason, string>>

  /** The result of a press, by the state of its callback. */
  readonly pressed: Readonly<Record<string, string>>
  readonly pressFailed: string
  /** The label of the field in which the member writes to a robot. */
  readonly writeTo: (robot: string) => string
  /** The label of the choice beside it in an app's conversation: a message, or an event. */
  readonly whatHappens: string
  readonly message: string
  readonly write: string
  /** The result after the member has written a text. */
  readonly written: Readonly<Record<"delivered" | "kept", string>>

  readonly userid: string
  readonly mobile: string
  readonly email: string
  readonly departments: string
  readonly licence: string
  readonly licensed: string
  readonly reachedBy: string
  readonly noAppReaches: string
  readonly yesterday: string
}

export const WORDS: Readonly<Record<"zh" | "en", Words>> = {
  en: {
    title: "WeCom simulator",
    skip: "Skip to the content",
    views: "Views",
    phones: "Phones",
    gallery: "Gallery",
    panel: "Panel",
    otherLanguage: "中文",
    failed: "This view could not be shown. The simulator may have been restarted with another version.",
    reload: "Load the page again",
    offline: "The simulator does not answer. Trying again…",
    theme: (name) => `Theme: ${{ system: "as the system", light: "light", dark: "dark" }[name]}`,
    clock: "Fast-forward the clock",
    simulatorTime: (time) => `Time of the simulator: ${time}`,
    steps: [
      [60, "1 minute"],
      [3600, "1 hour"],
      [7200, "2 hours"],
      [86_400, "1 day"],
      [259_200, "3 days"],
    ],
    clockFailed: "The simulator did not advance its clock. It may be at the end of the year 9999, or away.",
    keys: "Keys",
    keyMeanings: [
      ["/", "Search in the messages of this phone"],
      ["j", "Next message"],
      ["k", "Previous message"],
      ["?", "This help"],
    ],
    close: "Close",

    members: "Members",
    search: "Name, id, mobile, department",
    membersInAll: (count) => `${count.toLocaleString("en")} ${count === 1 ? "member" : "members"}`,
    membersFound: (found, count) => `${found.toLocaleString("en")} of ${count.toLocaleString("en")} members`,
    noMember: "No member found",
    noMemberHint: "Part of a name, userid, mobile or department is enough.",
    newMessages: (count) => `${count} new`,
    unlicensed: "no licence",
    recalledShort: "[Recalled]",

    back: "Back to the members",
    phoneOf: (name) => `Phone of ${name}`,
    messages: "Messages",
    apps: "Apps",
    allApps: "All apps",
    invisibleApp: "does not see this member",
    keptBack: (count) => `${count.toLocaleString("en")} not shown`,
    keptBackTitle: "Show what was meant for this phone and did not appear on it, with the reason",
    details: "About this member",
    choose: "Choose a member to look at the phone.",

    searchTexts: "Search in the messages",
    noText: (text) => `No message has “${text}”`,
    rawJson: "Raw JSON",
    rawFailed: "The JSON could not be loaded: the simulator does not answer, or no longer keeps this message.",
    deleteEntry: "Delete the message here",
    clear: "Clear the messages here",
    deletedHere: "Some were deleted here.",
    deletedExplained: "Only in this browser: control paths still show them. /panel resets the simulator.",
    showAgain: "Show them again",

    emptyPhone: "No message on this phone yet",
    emptyApp: (app) => `Nothing from ${app} on this phone yet`,
    run: "Send one from a terminal:",
    copy: "Copy",
    copied: "Copied",
    copyFailed: "Not copied",
    unknownMember: "The organisation has no such member.",
    unlicensedNotice:
      "No licence (基础接口许可): WeCom delivers nothing to this member and names the userid in unlicenseduser.",
    invisibleNotice: (app) =>
      `Outside the visible range of ${app}: WeCom delivers nothing of this app here and names the userid in invaliduser.`,
    disabledNotice: (app) => `${app} is disabled: its calls are refused, and its cards cannot be pressed.`,
    chatNotice: (app, members) => `Group chat made by ${app}, ${members} members.`,
    notInChat: "This member is no longer in the group.",
    disbandedChat: "The group was disbanded: messages into it are refused (49008).",

    olderLoading: "Loading older messages…",
    olderFailed: "Older messages could not be loaded. Try again",
    beginning: "Nothing older is kept",
    toNewest: "To the newest message",
    newBelow: (count) => `${count} new`,
    arrived: (app, text) => `${app}: ${text}`,
    changed: (app, text) => `${app} updated a card: ${text}`,

    recalled: (app) => `${app} recalled a message`,
    showRecalled: "Show it",
    hideRecalled: "Hide it",
    updated: (time) => `Card updated ${time}`,
    confidential: "Confidential",
    notShown: "Not shown on the phone",
    reasons: {
      dropped: "over the rate",
      suppressed: "a duplicate",
      unlicensed: "no licence",
      invisible: "outside the visible range",
    },
    whys: {
      dropped:
        "The app sent this member too much within a minute or an hour. WeCom answered ok and dropped it silently.",
      suppressed:
        "The duplicate check found the same message within its interval. WeCom answered ok and delivered nothing.",
      unlicensed: "The member holds no licence. WeCom named the userid in unlicenseduser.",
      invisible: "The member is outside the app's visible range. WeCom named the userid in invaliduser.",
    },

    pressed: {
      delivered: "The app has got the event.",
      waiting: "The app did not take it; it is sent again in 5 seconds.",
      failed: "The app did not take it in three tries.",
      kept: "The app has no callback URL; the event waits in /_sim/callbacks.",
    },
    pressFailed: "The simulator did not answer. Press again.",
    writeTo: (robot) => `Write to ${robot}`,
    whatHappens: "What happens",
    message: "message",
    write: "Send",
    written: {
      delivered: "The robot's program has got it.",
      kept: "The robot has no connection: its program will never get it.",
    },

    userid: "Userid",
    mobile: "Mobile",
    email: "Email",
    departments: "Departments",
    licence: "Licence",
    licensed: "yes",
    reachedBy: "Apps that see this member",
    noAppReaches: "None",
    yesterday: "Yesterday",
  },
  zh: {
    title: "企业微信模拟器",
    skip: "跳到正文",
    views: "视图",
    phones: "手机",
    gallery: "消息样例",
    panel: "控制台",
    otherLanguage: "English",
    failed: "页面加载失败，可能是模拟器已换成其他版本。",
    reload: "重新加载",
    offline: "连接不上模拟器，正在重试……",
    theme: (name) => `主题：${{ system: "跟随系统", light: "浅色", dark: "深色" }[name]}`,
    clock: "快进时钟",
    simulatorTime: (time) => `模拟器时间：${time}`,
    steps: [
      [60, "1 分钟"],
      [3600, "1 小时"],
      [7200, "2 小时"],
      [86_400, "1 天"],
      [259_200, "3 天"],
    ],
    clockFailed: "时钟没有快进：可能已到 9999 年末，或模拟器没有响应。",
    keys: "快捷键",
    keyMeanings: [
      ["/", "在这部手机的消息中搜索"],
      ["j", "下一条消息"],
      ["k", "上一条消息"],
      ["?", "显示快捷键"],
    ],
    close: "关闭",

    members: "成员",
    search: "姓名、账号、手机号、部门",
    membersInAll: (count) => `${count.toLocaleString("zh-CN")} 位成员`,
    membersFound: (found, count) => `${found.toLocaleString("zh-CN")} / ${count.toLocaleString("zh-CN")} 位成员`,
    noMember: "没有符合条件的成员",
    noMemberHint: "输入姓名、账号、手机号或部门的一部分即可。",
    newMessages: (count) => `${count} 条新消息`,
    unlicensed: "无许可",
    recalledShort: "[已撤回]",

    back: "返回成员列表",
    phoneOf: (name) => `${name}的手机`,
    messages: "消息",
    apps: "应用",
    allApps: "全部应用",
    invisibleApp: "该成员不在可见范围内",
    keptBack: (count) => `${count.toLocaleString("zh-CN")} 条未送达`,
    keptBackTitle: "显示本应发给这部手机却没有出现的消息及原因",
    details: "成员信息",
    choose: "选择一位成员，查看 TA 的手机。",

    searchTexts: "在消息中搜索",
    noText: (text) => `没有包含“${text}”的消息`,
    rawJson: "原始 JSON",
    rawFailed: "JSON 加载失败：模拟器没有响应，或已不再保留这条消息。",
    deleteEntry: "在此删除这条消息",
    clear: "在此清空消息",
    deletedHere: "有消息已在此删除。",
    deletedExplained: "仅在此浏览器中删除，控制接口仍会返回。重置模拟器请到 /panel。",
    showAgain: "重新显示",

    emptyPhone: "这部手机还没有收到消息",
    emptyApp: (app) => `还没有收到「${app}」的消息`,
    run: "在终端里发一条试试：",
    copy: "复制",
    copied: "已复制",
    copyFailed: "复制失败",
    unknownMember: "企业里没有这个成员。",
    unlicensedNotice: "该成员没有基础接口许可：企业微信不会投递任何应用消息，并在 unlicenseduser 中返回其账号。",
    invisibleNotice: (app) =>
      `该成员不在「${app}」的可见范围内：企业微信不会投递该应用的消息，并在 invaliduser 中返回其账号。`,
    disabledNotice: (app) => `「${app}」已停用：接口调用会被拒绝，卡片也无法点击。`,
    chatNotice: (app, members) => `「${app}」创建的群聊，共 ${members} 人。`,
    notInChat: "该成员已不在群内。",
    disbandedChat: "群聊已解散，向该群发送消息会被拒绝（49008）。",

    olderLoading: "正在加载更早的消息……",
    olderFailed: "加载更早的消息失败，点击重试",
    beginning: "没有更早的消息了",
    toNewest: "回到最新消息",
    newBelow: (count) => `${count} 条新消息`,
    arrived: (app, text) => `${app}：${text}`,
    changed: (app, text) => `「${app}」更新了卡片：${text}`,

    recalled: (app) => `「${app}」撤回了一条消息`,
    showRecalled: "查看原消息",
    hideRecalled: "收起",
    updated: (time) => `卡片已于 ${time} 更新`,
    confidential: "保密消息",
    notShown: "未送达",
    reasons: {
      dropped: "超过频率限制",
      suppressed: "重复消息",
      unlicensed: "无接口许可",
      invisible: "不在可见范围",
    },
    whys: {
      dropped: "该应用在一分钟或一小时内发给该成员的消息过多。企业微信返回成功，消息被静默丢弃。",
      suppressed: "重复消息检查在时间间隔内发现了相同的消息。企业微信返回成功，但不再投递。",
      unlicensed: "该成员没有基础接口许可。企业微信在 unlicenseduser 中返回了其账号。",
      invisible: "该成员不在应用的可见范围内。企业微信在 invaliduser 中返回了其账号。",
    },

    pressed: {
      delivered: "已通知应用。",
      waiting: "应用未正常接收，5 秒后重试。",
      failed: "三次通知应用均未成功。",
      kept: "应用没有配置回调 URL，事件保留在 /_sim/callbacks 中。",
    },
    pressFailed: "模拟器没有响应，请再点一次。",
    writeTo: (robot) => `发消息给${robot}`,
    whatHappens: "消息或事件",
    message: "消息",
    write: "发送",
    written: {
      delivered: "机器人的程序已收到。",
      kept: "机器人没有连接，其程序不会再收到这条消息。",
    },

    userid: "账号",
    mobile: "手机号",
    email: "邮箱",
    departments: "部门",
    licence: "接口许可",
    licensed: "有",
    reachedBy: "可见该成员的应用",
    noAppReaches: "无",
    yesterday: "昨天",
  },
}
