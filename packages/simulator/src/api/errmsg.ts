import { describeErrcode } from "@wecom-push/protocol"

/** The short texts of WeCom's refusals, as seen or in its manner. Callers must not read them. */
const TEXTS: Readonly<Record<number, string>> = {
  [-1]: "system error",
  40001: "invalid credential",
  40003: "invalid UserID",
  40004: "invalid media type",
  40005: "invalid file type",
  40006: "invalid media size",
  40007: "invalid media_id",
  40009: "invalid image size",
  40011: "invalid video size",
  40008: "invalid message type",
  40013: "invalid corpid",
  40014: "invalid access_token",
  40032: "invalid userid list size",
  40035: "invalid parameter",
  40056: "invalid agentid",
  40058: "invalid Request Parameter",
  40074: "news message not support safe",
  40145: "media_id expired",
  40146: "invalid range",
  40206: "request body too large",
  41001: "access_token missing",
  41002: "corpid missing",
  41004: "corpsecret missing",
  41006: "media_id missing",
  41011: "missing agentid",
  42001: "access_token expired",
  42014: "taskid has existed or empty or exceed max len",
  42015: "agentid of update task is not same with the sender",
  42052: "msgid expired",
  43012: "callback url needed",
  44001: "empty media data",
  44004: "empty content",
  45001: "media size out of limit",
  45007: "playtime out of limit",
  45002: "content size out of limit",
  45009: "api freq out of limit",
  45033: "api concurrent out of limit",
  46004: "user not exist",
  48002: "api forbidden",
  50003: "agent disabled",
  60011: "no privilege to access/modify contact/party/agent",
  60020: "not allow to access from your ip",
  60103: "invalid mobile",
  60105: "invalid email",
  60140: "invalid response_code",
  60111: "userid not found",
  60003: "department not found",
  40068: "invalid tagid",
  81012: "no user, party or tag",
  81013: "user & party & tag all invalid",
  82001: "All touser, toparty and totag are empty",
  82002: "party list size out of limit",
  82003: "tag list size out of limit",
  82101: "no target user",
  82102: "target user is not a recipient",
  90206: "miniprogram not linked",
  93000: "invalid webhook url",
  301016: "voice not fit",
  301017: "voice not amr",
  301019: "media md5 not match",
  301002: "not allow operate another agent with this accesstoken",
}

const LINK = "https://open.work.weixin.qq.com/devtool/query?e="

/** Not every refusal of WeCom's carries the suffix. */
const WITHOUT_SUFFIX: ReadonlySet<number> = new Set([40014])

export interface ErrmsgStyle {
  readonly ip: string
  readonly suffix: boolean
  readonly jsonMistake: boolean
  readonly nowMs: number
}

/** @see wecom document 90313 */
export function errmsgOf(errcode: number, { ip, suffix, jsonMistake, nowMs }: ErrmsgStyle): string {
  if (errcode === 0) return jsonMistake ? "ok. Warning: wrong json format." : "ok"
  const text = TEXTS[errcode] ?? describeErrcode(errcode).name.replaceAll("_", " ")
  const warned = jsonMistake ? `Warning: wrong json format. ${text}` : text
  if (suffix && !WITHOUT_SUFFIX.has(errcode)) {
    return `${warned}, hint: [${hintNumber(nowMs)}], from ip: ${ip}, more info at ${LINK}${errcode}`
  }
  // An operator can add the address to the trusted list only if it is named, so this refusal always names it.
  return errcode === 60020 ? `${warned}, from ip: ${ip}` : warned
}

/** 27 digits: the second, then what makes it unique, as WeCom's query tool shows them. */
function hintNumber(nowMs: number): string {
  const seconds = String(Math.floor(nowMs / 1000))
  return seconds + String(Math.floor(Math.random() * 1e17)).padStart(17, "0")
}
