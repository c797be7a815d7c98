import { byteLength } from "@wecom-push/protocol"
import type { Bilingual } from "@wecom-push/protocol"
import { PRIORITIES } from "../../model/message.ts"
import type { Priority } from "../../model/message.ts"
import { Problem } from "../../problems/problem.ts"
import type { ProblemError } from "../../problems/problem.ts"
import { KNOWN_TYPES } from "../content-rules.ts"
import { TEMPLATE_LIMITS } from "./template-limits.ts"
import type { Rendered } from "./template-results.ts"

type JsonObject = Readonly<Record<string, unknown>>

/** A plain text is short for a message of type text. @returns the template as it is stored */
export function templateOf(given: string | JsonObject): JsonObject {
  return typeof given === "string" ? { msgtype: "text", text: { content: given } } : given
}

/** @param stored the template as the store has it */
export function readTemplate(stored: string): JsonObject {
  const read: unknown = JSON.parse(stored)
  return isObject(read) ? read : {}
}

/** Faults because of which the template cannot be a content, whatever values are filled in. */
export function templateFaults(template: JsonObject): readonly ProblemError[] {
  const { msgtype } = template
  const bytes = byteLength(JSON.stringify(template))
  if (bytes > TEMPLATE_LIMITS.templateBytes) {
    const detail = {
      en: `The template has ${bytes} bytes; at most ${TEMPLATE_LIMITS.templateBytes} are taken.`,
      zh: `模板有 ${bytes} 字节，最多 ${TEMPLATE_LIMITS.templateBytes} 字节。`,
    }
    return [{ path: "/template", code: "too_long", detail }]
  }
  if (typeof msgtype !== "string" || !KNOWN_TYPES.includes(msgtype)) {
    const detail = {
      en: `msgtype of a template is a word, one of ${KNOWN_TYPES.join(", ")}.`,
      zh: `模板的 msgtype 应为 ${KNOWN_TYPES.join("、")} 之一。`,
    }
    return [{ path: "/template/msgtype", code: "not_allowed", detail }]
  }
  const strange = Object.keys(template).filter((name) => ![msgtype, "msgtype", "priority"].includes(name))
  const errors = strange.map((name) => ({
    path: `/template/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`,
    code: "unknown",
    detail: {
      en: `A template has msgtype, ${msgtype} and priority alone.`,
      zh: `模板只有 msgtype、${msgtype} 和 priority。`,
    },
  }))
  if (isObject(template[msgtype])) return errors
  const detail = { en: `${msgtype} is missing, the content as WeCom writes it.`, zh: `缺少 ${msgtype}，即消息内容。` }
  return [...errors, { path: `/template/${msgtype}`, code: "required", detail }]
}

/** Faults of a template's own syntax, in Liquid's words. */
export function liquidFault(path: string, what: string): ProblemError {
  const detail = { en: `Not a Liquid template: ${what}.`, zh: `不是有效的 Liquid 模板：${what}。` }
  return { path: `/template${path}`, code: "not_allowed", detail }
}

export interface MadeContent {
  readonly content: JsonObject
  /** The priority that the template gives, if it is a valid one. */
  readonly priority: Priority | undefined
  /** The template made an empty text: nothing is to be sent. */
  readonly isBlank: boolean
}

/**
 * The result of a template.
 * @returns the content; or why there is none, where the body is to be sent as a text
 * @throws {Problem} `template_failed` if it exceeded a limit
 */
export function madeContent(rendered: Rendered): MadeContent | Bilingual {
  switch (rendered.kind) {
    case "rendered": {
      const { priority, ...content } = isObject(rendered.content) ? rendered.content : {}
      const word = typeof priority === "string" ? priority.trim() : undefined
      return { content, priority: PRIORITIES.find((one) => one === word), isBlank: isBlank(content) }
    }
    case "unreadable":
      return { en: "The body is not JSON; it was sent as a text.", zh: "请求体不是 JSON，已按文本发送。" }
    case "failed":
      return {
        en: `The template made nothing of the body, which was sent as a text: ${rendered.what}.`,
        zh: `模板未能处理该请求体，已按文本发送：${rendered.what}。`,
      }
    case "too_slow":
      throw new Problem("template_failed", { detail: TOO_SLOW })
    case "too_large":
    default:
      throw new Problem("template_failed", { detail: TOO_LARGE })
  }
}

const TOO_SLOW: Bilingual = {
  en: `The template took over ${TEMPLATE_LIMITS.stepsMs} ms, or a step of it over ${TEMPLATE_LIMITS.longestMs} ms.`,
  zh: `模板用时超过 ${TEMPLATE_LIMITS.stepsMs} 毫秒，或其中一步超过 ${TEMPLATE_LIMITS.longestMs} 毫秒。`,
}
const TOO_LARGE: Bilingual = {
  en: `The template made over ${TEMPLATE_LIMITS.outputCharacters} characters, or took more memory than it may.`,
  zh: `模板生成的内容超过 ${TEMPLATE_LIMITS.outputCharacters} 个字符，或占用内存过多。`,
}

function isBlank(content: JsonObject): boolean {
  const { msgtype } = content
  const payload = msgtype === "text" || msgtype === "markdown" ? content[msgtype] : undefined
  return isObject(payload) && typeof payload["content"] === "string" && payload["content"].trim() === ""
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}
