import type { Bilingual } from "@wecom-push/protocol"
import { refuse } from "../../accept/issues.ts"
import { Problem } from "../../problems/problem.ts"

/** The same for a token that is missing, was replaced, or belongs to a source with another protocol. */
export function unknownToken(): Problem {
  return new Problem("unauthorized", {
    detail: {
      en: "The request has no token that is valid at this door: that of a source of this adapter, or a key.",
      zh: "请求中没有可用于此入口的 token：应为该适配器的来源的 token，或密钥。",
    },
  })
}

export function pathNotKnown(): Problem {
  return new Problem("no_such_path")
}

/** @param where the place where the text belongs: the name of a field, or words */
export function emptyMessage(where: string | Bilingual): Problem {
  const { en, zh } = typeof where === "string" ? { en: where, zh: ` ${where}` } : where
  return new Problem("body_missing", {
    detail: { en: `The message is empty; put its text into ${en}.`, zh: `消息为空，请把内容放入${zh}。` },
  })
}

export const THE_BODY: Bilingual = { en: "the body", zh: "请求体" }

/** @param needed the field that is required */
export function invalidJson(needed: string): Problem {
  return new Problem("invalid_json", {
    detail: { en: `The body is not a JSON object with ${needed}.`, zh: `请求体不是含有 ${needed} 的 JSON 对象。` },
  })
}

export function notAllowed(path: string, values: readonly string[]): Problem {
  const detail = {
    en: `${path} has a value that is not allowed; write ${values.join(", ")}.`,
    zh: `${path} 的取值无效，应为 ${values.join("、")} 之一。`,
  }
  return refuse([{ path, code: "not_allowed", detail }])
}
