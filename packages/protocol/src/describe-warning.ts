import type { Fault, FaultRule } from "./fault.ts"
import { canBeSplit, choicesEn, choicesZh, limitZh, sizeEn, sizeZh, typeEn, typeZh } from "./fault-words.ts"
import type { Sentences } from "./fault-words.ts"
import { BY_MARKS } from "./id-marks.ts"
import type { Language } from "./language.ts"

/**
 * A warning in words: how WeCom treats the value, as far as that is known. Undefined for a fault that is not a warning,
 * and for one whose words are the same.
 */
export function describeWarning(fault: Fault, language: Language): string | undefined {
  if (fault.severity !== "warning") return undefined
  const sentences = fault.rule === "too_long" ? TOO_LONG[shorteningOf(fault)] : SENTENCES[fault.rule]
  if (sentences === undefined) return undefined
  const { errcode, tolerated } = fault
  const mayBeRefused = errcode === undefined || tolerated === true ? "" : REFUSED[language](errcode)
  return sentences[language](fault) + mayBeRefused
}

const REFUSED: Readonly<Record<Language, (errcode: number) => string>> = {
  en: (errcode) => ` WeCom may refuse the message for it (${errcode}).`,
  zh: (errcode) => `企业微信可能因此拒绝该消息（${errcode}）。`,
}

const SENTENCES: Readonly<Partial<Record<FaultRule, Sentences>>> = {
  required: {
    en: ({ path }) => `${path} is missing; WeCom puts its default there. Fill it in if you can.`,
    zh: ({ path }) => `缺少 ${path}，企业微信会使用默认值，建议填写。`,
  },
  empty: {
    en: ({ path }) => `${path} holds nothing, which WeCom should take for left out; leave it out if you can.`,
    zh: ({ path }) => `${path} 没有内容，企业微信应会视为未填写，建议去掉该字段。`,
  },
  wrong_type: {
    en: (fault) =>
      `${fault.path} has the wrong JSON type, so WeCom passes over it; if you can, make it ${typeEn(fault)}.`,
    zh: (fault) => `${fault.path} 的 JSON 类型不对，企业微信会忽略它；建议改为${typeZh(fault)}。`,
  },
  not_allowed: {
    en: (fault) =>
      `${fault.path} has no value that WeCom documents here, so it takes its default; ${rightEn(fault)} if you can.`,
    zh: (fault) => `${fault.path} 的取值不在企业微信文档之内，企业微信会使用默认值；建议${rightZh(fault)}。`,
  },
  bad_format: {
    en: ({ path, because }) => `${path} does not have the form ${because}; change it if you can.`,
    zh: ({ path, because }) => `${path} 建议写成 ${because} 的形式。`,
  },
  conflict: {
    en: ({ path, because }) =>
      `${path} does not go together with ${because}, so WeCom ignores it; remove it if you can.`,
    zh: ({ path, because }) => `${path} 不能与 ${because} 同时使用，企业微信会忽略它，建议删除。`,
  },
  unknown_field: {
    en: ({ path }) => `${path} is no field WeCom documents here; it goes out as it is, and WeCom may ignore it.`,
    zh: ({ path }) => `${path} 不是企业微信文档在此处列出的字段；将原样发出，企业微信可能忽略它。`,
  },
}

const rightEn = (fault: Fault): string =>
  fault.allowed === undefined ? `keep to ${fault.because}` : `write ${choicesEn(fault)}`
const rightZh = (fault: Fault): string =>
  fault.allowed === undefined ? `在 ${fault.because} 之内取值` : `写成 ${choicesZh(fault)}`

type Shortening = "cut" | "counted with its marks" | "perhaps cut" | "shown in part"

const TOO_LONG: Readonly<Record<Shortening, Sentences>> = {
  cut: {
    en: (fault) =>
      `${fault.path} is ${sizeEn(fault)} long; WeCom cuts it after ${fault.limit}. ${canBeSplit(fault) ? "Shorten or split" : "Shorten"} it if you can.`,
    zh: (fault) =>
      `${fault.path} 有 ${sizeZh(fault)}；超过 ${limitZh(fault)}的部分会被企业微信截断，建议${canBeSplit(fault) ? "缩短或拆分" : "缩短"}。`,
  },
  "counted with its marks": {
    en: (fault) =>
      `${fault.path} is ${sizeEn(fault)} long with its marks for names; whether WeCom counts these against its ${fault.limit} is not known. Shorten it if you can.`,
    zh: (fault) =>
      `${fault.path} 连同 id 转译标记有 ${sizeZh(fault)}；标记是否计入 ${limitZh(fault)}的上限没有文档说明，建议缩短。`,
  },
  "perhaps cut": {
    en: (fault) =>
      `${fault.path} is ${sizeEn(fault)} long; WeCom may cut it after ${fault.limit}, for its documents count now bytes, now characters. Shorten it if you can.`,
    zh: (fault) =>
      `${fault.path} 有 ${sizeZh(fault)}；企业微信文档对这一上限有字节和字符两种说法，超过 ${limitZh(fault)}可能被截断，建议缩短。`,
  },
  "shown in part": {
    en: (fault) =>
      `${fault.path} is ${sizeEn(fault)} long; WeCom suggests at most ${fault.limit} and may show less of it. Shorten it if you can.`,
    zh: (fault) =>
      `${fault.path} 有 ${sizeZh(fault)}；企业微信建议不超过 ${limitZh(fault)}，超出部分可能显示不全，建议缩短。`,
  },
}

/** Only the textcard has a suggestion in bytes: its old limit. */
function shorteningOf({ tolerated, because, unit }: Fault): Shortening {
  if (tolerated === true) return "cut"
  if (because === BY_MARKS) return "counted with its marks"
  return unit === "bytes" ? "perhaps cut" : "shown in part"
}
