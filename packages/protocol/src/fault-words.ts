import type { Fault, LimitUnit } from "./fault.ts"
import type { Bilingual, Language } from "./language.ts"

/** Words for sentences about faults. */
export type Sentences = Readonly<Record<Language, (fault: Fault) => string>>

/** One text can be sent in two messages; two video titles would make no sense. */
export function canBeSplit(fault: Fault): boolean {
  return fault.path === "text.content" || fault.path === "markdown.content"
}

export const sizeEn = ({ actual, unit = "items" }: Fault): string =>
  `${actual} ${actual === 1 ? unit.slice(0, -1) : unit}`
export const limitZh = (fault: Fault): string => `${fault.limit} ${unitZh(fault)}`
export const sizeZh = (fault: Fault): string => `${fault.actual} ${unitZh(fault)}`

const UNITS_ZH = { bytes: "字节", characters: "个字符", items: "项" } as const satisfies Record<LimitUnit, string>
const unitZh = ({ unit = "items" }: Fault): string => UNITS_ZH[unit]

const MAX_CHOICES = 20

function choices({ allowed = [] }: Fault, comma: string, or: string): string {
  const shown = allowed.slice(0, MAX_CHOICES).map(String)
  if (allowed.length > MAX_CHOICES) return `${shown.join(comma)}${comma}…`
  const last = shown.pop() ?? ""
  return shown.length === 0 ? last : `${shown.join(comma)}${or}${last}`
}

export const choicesEn = (fault: Fault): string => choices(fault, ", ", " or ")
export const choicesZh = (fault: Fault): string => choices(fault, "、", " 或 ")

export function typeEn(fault: Fault): string {
  const type = TYPES.get(fault.because ?? "")?.en ?? `${fault.because}`
  return fault.allowed === undefined ? type : `${type}: ${choicesEn(fault)}`
}

export function typeZh(fault: Fault): string {
  const type = TYPES.get(fault.because ?? "")?.zh ?? `${fault.because}`
  return fault.allowed === undefined ? type : `${type} ${choicesZh(fault)}`
}

const TYPES: ReadonlyMap<string, Bilingual> = new Map([
  ["object", { en: "an object", zh: "对象" }],
  ["array", { en: "an array", zh: "数组" }],
  ["string", { en: "a string", zh: "字符串" }],
  ["number", { en: "a number", zh: "数字" }],
  ["integer", { en: "an integer", zh: "整数" }],
  [
    "AbortSignal",
    {
      en: "an AbortSignal: the `signal` of an AbortController, not the controller",
      zh: " AbortSignal：传 AbortController 的 signal，而不是它本身",
    },
  ],
  ["boolean", { en: "true or false, without quotes", zh: "布尔值（true 或 false，不加引号）" }],
])
