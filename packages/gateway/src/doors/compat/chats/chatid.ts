import { Refusal } from "../refusal.ts"

/**
 * A chatid in a form that WeCom accepts.
 * @throws {Refusal} 86201, 40050
 * @see https://developer.work.weixin.qq.com/document/path/90248
 */
export function chatidIn(text: string): string {
  if (text === "") throw new Refusal(86201, "name the chat in chatid")
  if (!CHATID.test(text)) throw new Refusal(40050, "a chatid has 1 to 64 letters, digits, - and _")
  return text
}

const CHATID = /^[\w-]{1,64}$/
