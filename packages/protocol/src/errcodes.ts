import { CARD_ERRCODES } from "./errcodes-card.ts"
import { CONTENT_ERRCODES } from "./errcodes-content.ts"
import { GROUP_ERRCODES } from "./errcodes-group.ts"
import { MEDIA_ERRCODES } from "./errcodes-media.ts"
import { subjectOf } from "./errcodes-ranges.ts"
import { RECIPIENT_ERRCODES } from "./errcodes-recipient.ts"
import { SYSTEM_ERRCODES } from "./errcodes-system.ts"
import type { ErrcodeClass, ErrcodeEntry, ErrcodeRetry } from "./errcode-entry.ts"

const RETRY_OF_CLASS: Readonly<Record<ErrcodeClass, ErrcodeRetry>> = {
  token: "after_refresh",
  transient: "backoff",
  throttled: "after_window",
  recipient: "without_recipient",
  configuration: "after_repair",
  request: "never",
}

const ENTRIES: ReadonlyMap<number, ErrcodeEntry> = new Map(
  [SYSTEM_ERRCODES, RECIPIENT_ERRCODES, CONTENT_ERRCODES, CARD_ERRCODES, MEDIA_ERRCODES, GROUP_ERRCODES].flatMap(
    (rows) => rows.map((row) => [row.errcode, { ...row, retry: row.retry ?? RETRY_OF_CLASS[row.class] }]),
  ),
)

/**
 * Everything known about codes that concern sending messages.
 * @see https://developer.work.weixin.qq.com/document/path/90313
 */
export const errcodeEntries = (): readonly ErrcodeEntry[] => [...ENTRIES.values()]

/** `undefined` for codes that do not concern sending messages, and for 0. */
export const lookUpErrcode = (errcode: number): ErrcodeEntry | undefined => ENTRIES.get(errcode)

/**
 * Like `lookUpErrcode`, but every other code gets an entry with what its number shows: which of WeCom's products it
 * belongs to. An unknown code counts as a fault of the request, because repeating a request that WeCom refused for an
 * unknown reason only uses up quota.
 */
export function describeErrcode(errcode: number): ErrcodeEntry {
  return ENTRIES.get(errcode) ?? unknownEntry(errcode)
}

/**
 * The meaning of a code in the answer of one API, given below `/cgi-bin/` as in `message/send`. Only 40001 depends on
 * it: from gettoken it means that the secret is wrong; from any other call it may also mean the token, which a new
 * token corrects.
 */
export function classifyErrcode(errcode: number, api: string): ErrcodeEntry {
  const entry = describeErrcode(errcode)
  if (errcode !== 40001 || api === "gettoken") return entry
  return { ...entry, class: "token", retry: "after_refresh" }
}

function unknownEntry(errcode: number): ErrcodeEntry {
  if (errcode === 0) return OK_ENTRY
  const subject = subjectOf(errcode)
  const toolUrl = `https://open.work.weixin.qq.com/devtool/query?e=${errcode}`
  return {
    errcode,
    name: `errcode_${errcode}`,
    class: "request",
    retry: "never",
    meaning:
      subject === undefined
        ? {
            en: `WeCom answered ${errcode}, a code that is not in our catalogue.`,
            zh: `企业微信返回了 ${errcode}，本目录未收录该错误码。`,
          }
        : {
            en: `WeCom answered ${errcode}, a code about ${subject.en}, not about sending messages.`,
            zh: `企业微信返回了 ${errcode}，该错误码属于“${subject.zh}”，与消息推送无关。`,
          },
    todo: {
      en: `Look the code up at ${toolUrl} and enter the hint number from errmsg there to see the request as WeCom saw it.`,
      zh: `在 ${toolUrl} 查询该错误码，并填入 errmsg 中的 hint 编号，可看到企业微信收到的原始请求。`,
    },
  }
}

const OK_ENTRY: ErrcodeEntry = {
  errcode: 0,
  name: "ok",
  class: "request",
  retry: "never",
  meaning: {
    en: "WeCom accepted the call. That is not delivery, and some recipients may still have been skipped.",
    zh: "企业微信已受理请求。受理不等于送达，部分接收人仍可能被跳过。",
  },
  todo: {
    en: "Read invaliduser, invalidparty, invalidtag and unlicenseduser in the answer: they name who was skipped.",
    zh: "检查返回中的 invaliduser、invalidparty、invalidtag 和 unlicenseduser，其中列出了被跳过的接收人。",
  },
}
