import { describeErrcode } from "@wecom-push/protocol"
import { readErrmsg } from "@wecom-push/protocol/delivery"
import { scrub } from "../../model/scrub.ts"

const LINK = "https://open.work.weixin.qq.com/devtool/query?e="
const MAX_TEXT_LENGTH = 200

/** A text of the gateway itself, in the form of WeCom's own texts. */
export function ownErrmsg(errcode: number, explanation: string | undefined): string {
  const text = describeErrcode(errcode).name.replaceAll("_", " ")
  return `${explanation === undefined ? text : `${text}: ${explanation}`}, more info at ${LINK}${errcode}`
}

/**
 * WeCom's text, composed again from its known parts. One of these is the address that an operator has to trust; anything
 * else in an answer is left out.
 */
export function relayedErrmsg(errcode: number, errmsg: string): string {
  const { text, hint, fromIp } = readErrmsg(errmsg)
  const parts = [
    scrub(text).slice(0, MAX_TEXT_LENGTH),
    ...(hint === undefined || !/^\d{1,40}$/.test(hint) ? [] : [`hint: [${hint}]`]),
    ...(fromIp === undefined ? [] : [`from ip: ${fromIp}`]),
    `more info at ${LINK}${errcode}`,
  ]
  return parts.filter((part) => part !== "").join(", ")
}

/** WeCom says this beside errcode 0 too. @see https://developer.work.weixin.qq.com/document/path/90313 */
export function withJsonWarning(errcode: number, errmsg: string): string {
  return errcode === 0 ? `${errmsg}. ${JSON_WARNING}` : `${JSON_WARNING} ${errmsg}`
}

const JSON_WARNING = "Warning: wrong json format."

/** A header allows one line of Latin letters. */
export function headerText(errmsg: string): string {
  return errmsg.replaceAll(/[^\x20-\x7e]/g, "?")
}
