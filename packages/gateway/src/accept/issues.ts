import { describeFault } from "@wecom-push/protocol"
import type { Bilingual, Fault } from "@wecom-push/protocol"
import type { z } from "zod"
import { Problem } from "../problems/problem.ts"
import type { ProblemError } from "../problems/problem.ts"
import type { ProblemCode } from "../problems/problem-catalogue.ts"
import { pointerOf, toPointer } from "./pointer.ts"

/** Faults of a message by WeCom's rules, or of its audience by ours. */
export function errorOfFault(fault: Fault): ProblemError {
  if (fault.rule === "unknown_field" && fault.path.startsWith("to.")) {
    return unknownField(pointerOf(fault.path), LIST_MEANT.get(fault.path.slice("to.".length)))
  }
  return {
    path: pointerOf(fault.path),
    code: fault.rule,
    detail: { en: describeFault(fault, "en"), zh: describeFault(fault, "zh") },
    ...(fault.errcode === undefined ? {} : { errcode: fault.errcode }),
  }
}

/** The faults of a message that do not prevent it, as many as a person reads. */
export function warningsIn(faults: readonly Fault[]): readonly Fault[] {
  return faults.filter(({ severity }) => severity === "warning").slice(0, MAX_ERRORS)
}

/** The names that other interfaces use for the lists of an audience, and misspelt ones. */
const LIST_MEANT: ReadonlyMap<string, string> = new Map(
  Object.entries({
    users: ["user", "userid", "userids", "user_id", "user_ids", "touser"],
    mobiles: ["mobile", "phone", "phones"],
    emails: ["email", "mail", "mails"],
    departments: ["department", "party", "parties", "toparty"],
    tags: ["tag", "totag"],
    chats: ["chat", "chatid", "chatids", "chat_id"],
  }).flatMap(([list, names]) => names.map((name) => [name, `/to/${list}`] as const)),
)

/**
 * Faults found by one of our schemas.
 * @param name converts a path of a body, or the name of a query parameter, to its form in the API
 */
export function errorsOfIssues(
  issues: readonly z.core.$ZodIssue[],
  name: (path: readonly (string | number)[]) => string = toPointer,
): ProblemError[] {
  return issues.flatMap((issue) => errorsOfIssue(issue, name))
}

/**
 * All faults at once. The worst one decides the status and comes first: 400 for what cannot be read, 422 for what is out of
 * range.
 * @param more how many faults there are besides these
 */
export function refuse(errors: readonly ProblemError[], more = 0): Problem {
  const code = WORST_FIRST.find((code) => errors.some((error) => error.code === code)) ?? "invalid_value"
  const sorted = errors.toSorted((a, b) => rank(a, code) - rank(b, code))
  return new Problem(code, {
    errors: sorted.slice(0, MAX_ERRORS),
    moreErrors: Math.max(0, sorted.length - MAX_ERRORS) + more,
  })
}

const WORST_FIRST = ["unknown_field", "wrong_type"] as const satisfies readonly ProblemCode[]
/** As many as a person corrects at a time. */
export const MAX_ERRORS = 100
const rank = (error: ProblemError, code: ProblemCode): number => (error.code === code ? 0 : 1)

function errorsOfIssue(
  issue: z.core.$ZodIssue,
  name: (path: readonly (string | number)[]) => string,
): readonly ProblemError[] {
  const path = issue.path.filter((step) => typeof step !== "symbol")
  const at = name(path)
  const field = at === "" ? { en: "The body", zh: "请求体" } : { en: at, zh: at }
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => unknownField(name([...path, key])))
    case "invalid_type":
      if (issue.input === undefined) return [error(at, "required", missing(field))]
      return [error(at, "wrong_type", ofWrongType(field, issue.expected))]
    case "invalid_value":
      if (typeof issue.input !== typeof issue.values[0]) {
        if (issue.input === undefined) return [error(at, "required", missing(field))]
        return [error(at, "wrong_type", ofWrongType(field, typeof issue.values[0]))]
      }
      return [error(at, "not_allowed", notAllowed(field, issue.values.map(String)))]
    case "too_big":
      return [error(at, ofSize(issue.origin, "long", "many"), tooBig(field, issue.origin, Number(issue.maximum)))]
    case "too_small":
      return [error(at, ofSize(issue.origin, "short", "few"), tooSmall(field, issue.origin, Number(issue.minimum)))]
    case "custom": {
      const { rule = "bad_format", detail, form } = issue.params ?? {}
      return [error(at, rule, detail ?? (form === undefined ? badFormat(field) : ofForm(field, form)))]
    }
    case "invalid_union":
      return [error(at, "wrong_type", badFormat(field))]
    case "invalid_format":
    case "not_multiple_of":
    case "invalid_key":
    case "invalid_element":
    default:
      return [error(at, "bad_format", badFormat(field))]
  }
}

/** @param instead our field with the same meaning */
export function unknownField(path: string, instead?: string): ProblemError {
  if (instead !== undefined) {
    return error(path, "unknown_field", {
      en: `${path} is no field of this request; write ${instead} instead.`,
      zh: `${path} 不是此请求的字段，请改用 ${instead}。`,
    })
  }
  return error(path, "unknown_field", {
    en: `${path} is no field of this request; remove it or correct its name.`,
    zh: `${path} 不是此请求的字段，请删除或更正名称。`,
  })
}

function error(path: string, code: string, detail: Bilingual): ProblemError {
  return { path, code, detail }
}

const ofSize = (origin: string, ofText: string, ofList: string): string =>
  origin === "string" ? `too_${ofText}` : origin === "array" || origin === "set" ? `too_${ofList}` : "not_allowed"

const missing = ({ en, zh }: Bilingual): Bilingual => ({ en: `${en} is missing; add it.`, zh: `缺少 ${zh}，请补上。` })

const ofWrongType = ({ en, zh }: Bilingual, expected: string): Bilingual => ({
  en: `${en} has the wrong JSON type; make it ${TYPES[expected]?.en ?? expected}.`,
  zh: `${zh} 的 JSON 类型不对，应为${TYPES[expected]?.zh ?? expected}。`,
})

const notAllowed = ({ en, zh }: Bilingual, values: readonly string[]): Bilingual => ({
  en: `${en} has a value that is not allowed; write ${values.join(", ")}.`,
  zh: `${zh} 的取值无效，应为 ${values.join("、")} 之一。`,
})

const ofForm = ({ en, zh }: Bilingual, form: Bilingual): Bilingual => ({
  en: `${en} must be ${form.en}; correct it.`,
  zh: `${zh} 应为${form.zh}，请改正。`,
})

const badFormat = ({ en, zh }: Bilingual): Bilingual => ({
  en: `${en} does not have the form described in /openapi.json; correct it.`,
  zh: `${zh} 的格式不对，请按 /openapi.json 的说明改正。`,
})

function tooBig({ en, zh }: Bilingual, origin: string, limit: number): Bilingual {
  if (origin === "string")
    return { en: `${en} is longer than ${limit} characters; shorten it.`, zh: `${zh} 超过 ${limit} 个字符，请缩短。` }
  if (origin === "array")
    return { en: `${en} has more than ${limit} items; remove some.`, zh: `${zh} 超过 ${limit} 项，请减少。` }
  return { en: `${en} is more than ${limit}; lower it.`, zh: `${zh} 大于 ${limit}，请调小。` }
}

function tooSmall({ en, zh }: Bilingual, origin: string, limit: number): Bilingual {
  if (origin === "string")
    return { en: `${en} has fewer than ${limit} characters; fill it in.`, zh: `${zh} 不足 ${limit} 个字符，请填写。` }
  if (origin === "array")
    return { en: `${en} has fewer than ${limit} items; add some.`, zh: `${zh} 不足 ${limit} 项，请补足。` }
  return { en: `${en} is less than ${limit}; raise it.`, zh: `${zh} 小于 ${limit}，请调大。` }
}

const TYPES: Readonly<Record<string, Bilingual>> = {
  object: { en: "an object", zh: "对象" },
  record: { en: "an object", zh: "对象" },
  array: { en: "an array", zh: "数组" },
  string: { en: "a string", zh: "字符串" },
  number: { en: "a number", zh: "数字" },
  int: { en: "a whole number", zh: "整数" },
  boolean: { en: "true or false, without quotes", zh: "布尔值（true 或 false，不加引号）" },
}
