import { storableText } from "../text/bad-text.ts"

type UnusableWhy = "empty" | "not_json" | "not_an_object" | "no_errcode" | "errcode_not_a_number"

export type Answer =
  | {
      readonly kind: "answer"
      readonly errcode: number
      readonly errmsg: string
      readonly fields: Readonly<Record<string, unknown>>
    }
  | { readonly kind: "unusable"; readonly why: UnusableWhy }

export interface SendAnswer {
  readonly invalidUsers: readonly string[]
  readonly invalidDepartments: readonly string[]
  readonly invalidTags: readonly string[]
  readonly unlicensedUsers: readonly string[]
  readonly msgid?: string
  readonly responseCode?: string
}

export interface Errmsg {
  /** WeCom's sentence, without what follows it. */
  readonly text: string
  /** A number for WeCom's query tool, which shows the request as WeCom received it. */
  readonly hint?: string
  /** The address the call came from, as WeCom saw it. */
  readonly fromIp?: string
  /** WeCom could not read all of the body and continued with the rest; may come with errcode 0. */
  readonly jsonWarning: boolean
}

/** Some successful answers have no errcode. Only one of these fields then proves that the answer is WeCom's. */
const RESULT_FIELDS = [
  "access_token",
  "userid",
  "msgid",
  "media_id",
  "ip_list",
  "agentid",
  "department_id",
  "userlist",
  "taglist",
]

/**
 * Reads the body of an answer without trusting it: proxies answer HTML with status 200, connections break half-way.
 * `unusable` means that it is unknown what WeCom did with the call.
 * @see https://developer.work.weixin.qq.com/document/path/90313
 */
export function readAnswer(body: string): Answer {
  const json = (body.startsWith("\uFEFF") ? body.slice(1) : body).trim()
  if (json === "") return { kind: "unusable", why: "empty" }
  const fields = parse(json)
  if (fields === undefined) return { kind: "unusable", why: "not_json" }
  if (!isRecord(fields)) return { kind: "unusable", why: "not_an_object" }

  const { errcode, errmsg } = fields
  const errmsgText = typeof errmsg === "string" ? errmsg : ""
  if (errcode === undefined) {
    const isResult = RESULT_FIELDS.some((field) => Object.hasOwn(fields, field))
    return isResult
      ? { kind: "answer", errcode: 0, errmsg: errmsgText, fields }
      : { kind: "unusable", why: "no_errcode" }
  }
  if (typeof errcode !== "number" || !Number.isSafeInteger(errcode)) {
    return { kind: "unusable", why: "errcode_not_a_number" }
  }
  return { kind: "answer", errcode, errmsg: errmsgText, fields }
}

/**
 * Reads which recipients were skipped. WeCom writes the lists as `a|b`, as an array, as an empty string, or leaves them
 * out; userids come back in lower case.
 * @see https://developer.work.weixin.qq.com/document/path/90236
 *
 */
export function readSendAnswer(fields: Readonly<Record<string, unknown>>): SendAnswer {
  const { msgid, response_code: responseCode } = fields
  const lists = {
    invalidUsers: readList(fields["invaliduser"]),
    invalidDepartments: readList(fields["invalidparty"]),
    invalidTags: readList(fields["invalidtag"]),
    unlicensedUsers: readList(fields["unlicenseduser"]),
  }
  const answer = isFilledString(msgid) ? { ...lists, msgid } : lists
  return isFilledString(responseCode) ? { ...answer, responseCode } : answer
}

/**
 * Splits `errmsg` into its parts: `<text>, hint: [<digits>], from ip: <address>, more info at <url>`, each part
 * optional. A proxy in WeCom's place may answer anything, so the time is linear in the length of the text.
 */
export function readErrmsg(errmsg: string): Errmsg {
  const hint = /\bhint:\s*\[([^[\]]*)\]/i.exec(errmsg)?.[1]?.trim()
  const fromIp = /\bfrom ip:\s*([0-9a-f][0-9a-f.:]*)/i.exec(errmsg)?.[1]?.replace(/[.:]$/, "")
  return {
    text: withoutTrailer(errmsg).trim(),
    ...(isFilledString(hint) ? { hint } : {}),
    ...(isFilledString(fromIp) ? { fromIp } : {}),
    jsonWarning: /wrong json format/i.test(errmsg),
  }
}

function withoutTrailer(errmsg: string): string {
  const trailer = /\b(?:hint:\s*\[|from ip:|more info at\b)/i.exec(errmsg)
  return trailer === null ? errmsg : errmsg.slice(0, trailer.index).trimEnd().replace(/[,.]$/, "")
}

/** Text that a database refuses is replaced (U+FFFD), because an answer that cannot be stored would never be settled. */
function parse(json: string): unknown {
  try {
    // Only an escape can produce NUL or half a surrogate pair: JSON allows no raw NUL, and UTF-8 has no lone
    // surrogates.
    return json.includes("\\u") ? JSON.parse(json, withStorableText) : JSON.parse(json)
  } catch {
    return undefined
  }
}

function withStorableText(_name: string, value: unknown): unknown {
  return typeof value === "string" ? storableText(value) : value
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const isFilledString = (value: unknown): value is string => typeof value === "string" && value !== ""

function readList(value: unknown): readonly string[] {
  if (value === undefined || value === "") return NO_IDS
  const items: readonly unknown[] = Array.isArray(value) ? value : [value]
  return items
    .flatMap((item) => (typeof item === "string" || typeof item === "number" ? String(item).split("|") : []))
    .map((item) => item.trim())
    .filter((item) => item !== "")
}

const NO_IDS: readonly string[] = []
