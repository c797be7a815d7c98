import { describeWarning } from "./describe-warning.ts"
import type { Fault, FaultRule } from "./fault.ts"
import { canBeSplit, choicesEn, choicesZh, limitZh, sizeEn, sizeZh, typeEn, typeZh } from "./fault-words.ts"
import type { Sentences } from "./fault-words.ts"
import type { Bilingual, Language } from "./language.ts"

/**
 * A fault in words for the person who has to correct it: which field, which limit, by how much it is exceeded, and what
 * to do. From the message itself it shows only names, sizes and the allowed values.
 */
export function describeFault(fault: Fault, language: Language): string {
  return describeWarning(fault, language) ?? SENTENCES[fault.rule][language](fault)
}

const SENTENCES: Readonly<Record<FaultRule, Sentences>> = {
  required: {
    en: (fault) =>
      fault.allowed === undefined
        ? `${fault.path} is missing${fault.because === undefined ? "" : `, and ${fault.because} needs it`}; add it.`
        : `${fault.path} is missing; give ${choicesEn(fault)}.`,
    zh: (fault) =>
      fault.allowed === undefined
        ? `缺少 ${fault.path}${fault.because === undefined ? "" : `（${whenZh(fault.because)}必填）`}，请补上。`
        : `缺少 ${fault.path}，请填写 ${choicesZh(fault)}。`,
  },
  empty: {
    en: (fault) => `${fault.path} is empty; fill it in.`,
    zh: (fault) => `${fault.path} 不能为空，请填写内容。`,
  },
  wrong_type: {
    en: (fault) =>
      `${fault.path === "" ? "The message" : fault.path} has the wrong ${isJson(fault) ? "JSON " : ""}type; make it ${typeEn(fault)}.`,
    zh: (fault) =>
      `${fault.path === "" ? "消息" : `${fault.path} `}的${isJson(fault) ? " JSON " : ""}类型不对，应为${typeZh(fault)}，请修改。`,
  },
  too_long: {
    en: (fault) =>
      fault.errcode === undefined
        ? `${fault.path} is ${sizeEn(fault)} long; WeCom cuts it after ${fault.limit} without an error. ${canBeSplit(fault) ? "Shorten or split" : "Shorten"} it.`
        : `${fault.path} is ${sizeEn(fault)} long; WeCom takes at most ${fault.limit}. Shorten it.`,
    zh: (fault) =>
      fault.errcode === undefined
        ? `${fault.path} 有 ${sizeZh(fault)}；超过 ${limitZh(fault)}的部分会被企业微信直接截断且不报错，请${canBeSplit(fault) ? "缩短或拆分" : "缩短"}。`
        : `${fault.path} 有 ${sizeZh(fault)}；企业微信最多接受 ${limitZh(fault)}，请缩短。`,
  },
  too_short: {
    en: (fault) => `${fault.path} is ${sizeEn(fault)} long; WeCom wants at least ${fault.limit}. Lengthen it.`,
    zh: (fault) => `${fault.path} 只有 ${sizeZh(fault)}；企业微信要求至少 ${limitZh(fault)}，请加长。`,
  },
  too_many: {
    en: (fault) => `${fault.path} has ${sizeEn(fault)}; WeCom takes at most ${fault.limit}. Remove ${gap(fault)}.`,
    zh: (fault) => `${fault.path} 有 ${sizeZh(fault)}；企业微信最多接受 ${limitZh(fault)}，请删去 ${gap(fault)} 项。`,
  },
  too_few: {
    en: (fault) => `${fault.path} has ${sizeEn(fault)}; WeCom wants at least ${fault.limit}. Add ${gap(fault)}.`,
    zh: (fault) => `${fault.path} 有 ${sizeZh(fault)}；企业微信要求至少 ${limitZh(fault)}，请补足 ${gap(fault)} 项。`,
  },
  not_allowed: {
    en: (fault) =>
      fault.allowed === undefined
        ? `${fault.path} is ${fault.actual}; WeCom takes ${fault.because}. Change it.`
        : `${fault.path} has a value that is not allowed here; write ${choicesEn(fault)}.`,
    zh: (fault) =>
      fault.allowed === undefined
        ? `${fault.path} 为 ${fault.actual}；企业微信只接受 ${fault.because}，请修改。`
        : `${fault.path} 的取值在这里无效，应为 ${choicesZh(fault)}。`,
  },
  bad_format: {
    en: (fault) => `${fault.path} does not have the form ${fault.because}, which WeCom asks for; correct it.`,
    zh: (fault) => `${fault.path} 格式不对，企业微信要求 ${fault.because} 的形式，请改正。`,
  },
  not_unique: {
    en: (fault) => `${fault.path} repeats ${fault.because}; give each a value of its own.`,
    zh: (fault) => `${fault.path} 与 ${fault.because} 重复，请使用不同的值。`,
  },
  conflict: {
    en: (fault) => `${fault.path} does not go together with ${fault.because}; remove it.`,
    zh: (fault) => `${fault.path} 不能与 ${fault.because} 同时使用，请删除。`,
  },
  unknown_field: {
    en: (fault) =>
      fault.allowed === undefined
        ? `${fault.path} is no field WeCom knows here; remove it or correct its name.`
        : `${fault.path} is no option here; write ${choicesEn(fault)}, or remove it.`,
    zh: (fault) =>
      fault.allowed === undefined
        ? `${fault.path} 不是企业微信在此处支持的字段，请删除或更正名称。`
        : `没有 ${fault.path} 这个选项，可用的有 ${choicesZh(fault)}，请更正或删除。`,
  },
  left_out: {
    en: (fault) => `${fault.path} is left out, for ${fault.because} says it here; remove it.`,
    zh: (fault) => `${fault.path} 已略去，此处由 ${fault.because} 指定，请删除该字段。`,
  },
  nul: {
    en: (fault) => `${fault.path} holds a NUL character at position ${fault.actual}; remove it.`,
    zh: (fault) => `${fault.path} 在位置 ${fault.actual} 处含有空字符（NUL），请删除。`,
  },
  not_json: {
    en: (fault) =>
      `${fault.path === "" ? "The message" : fault.path} has no form in JSON: it leads back to itself, is nested too deep, or is a big integer. Remove it.`,
    zh: (fault) =>
      `${fault.path === "" ? "消息" : `${fault.path} `}无法写成 JSON：循环引用、嵌套过深或为 BigInt，请删除。`,
  },
  file_too_large: {
    en: (fault) =>
      `${fileEn(fault)} has ${sizeEn(fault)}; WeCom takes ${usesEn(fault)} of at most ${fault.limit} bytes (${megabytes(fault)} MB). ${fault.because === "file" ? "Make it smaller, or send a link to it." : "Make it smaller, or send it as a file."}`,
    zh: (fault) =>
      `${fileZh(fault)}有 ${sizeZh(fault)}；企业微信的${usesZh(fault)}最大 ${limitZh(fault)}（${megabytes(fault)} MB），请压缩${fault.because === "file" ? "，或改发下载链接" : "，或按文件发送"}。`,
  },
  file_too_small: {
    en: (fault) =>
      `${fileEn(fault)} has ${sizeEn(fault)}; WeCom takes only files of more than ${fault.limit} bytes. Check that it is the right file.`,
    zh: (fault) =>
      `${fileZh(fault)}只有 ${sizeZh(fault)}；企业微信要求文件大于 ${limitZh(fault)}，请检查文件是否正确。`,
  },
  file_kind: {
    en: (fault) =>
      `${fileEn(fault)} is ${fault.because ?? "of no known kind"} by its bytes, whatever its name says; WeCom takes ${choicesEn(fault)} here. Convert it, or send it as a file.`,
    zh: (fault) =>
      `${fileZh(fault)}按内容判断${fault.because === undefined ? "不是已知的格式" : `是 ${fault.because}`}（与文件名无关）；企业微信在此只接受 ${choicesZh(fault)}，请转换格式，或按文件发送。`,
  },
  voice_too_long: {
    en: (fault) =>
      `${fileEn(fault)} lasts ${fault.actual} seconds; WeCom takes voice of at most ${fault.limit}. Shorten it, or send it as a file.`,
    zh: (fault) =>
      `${fileZh(fault)}时长 ${fault.actual} 秒；企业微信的语音最长 ${fault.limit} 秒，请截短，或按文件发送。`,
  },
  file_unreadable: {
    en: (fault) => `${fileEn(fault)} ${unreadable(fault).en}`,
    zh: (fault) => `${fileZh(fault)}${unreadable(fault).zh}`,
  },
  unsafe_file: {
    en: (fault) =>
      `${fileEn(fault)} cannot go with safe = 1, for which WeCom takes only ${choicesEn(fault)}. Convert it, or send it without safe.`,
    zh: (fault) =>
      `${fileZh(fault)}不能以 safe = 1（保密）发送；企业微信此时只接受 ${choicesZh(fault)}，请转换格式，或不使用 safe。`,
  },
  lone_surrogate: {
    en: (fault) => `${fault.path} holds half a character (a lone surrogate) at position ${fault.actual}; remove it.`,
    zh: (fault) => `${fault.path} 在位置 ${fault.actual} 处含有半个字符（孤立的代理项），请删除。`,
  },
}

/** Whether the value can be given in JSON; a signal comes only from a program. */
const isJson = ({ because }: Fault): boolean => because !== "AbortSignal"

const fileEn = ({ path, file }: Fault): string => (file === undefined || file === path ? path : `${path} (${file})`)
const fileZh = ({ path, file }: Fault): string =>
  file === undefined || file === path ? `${path} ` : `${path}（${file}）`

const USES: ReadonlyMap<string, Bilingual> = new Map([
  ["image", { en: "pictures", zh: "图片" }],
  ["inline_image", { en: "pictures inside an article", zh: "图文正文内的图片" }],
  ["voice", { en: "voice", zh: "语音" }],
  ["video", { en: "videos", zh: "视频" }],
  ["file", { en: "files", zh: "文件" }],
])
const usesEn = ({ because = "" }: Fault): string => USES.get(because)?.en ?? because
const usesZh = ({ because = "" }: Fault): string => USES.get(because)?.zh ?? because

const megabytes = ({ limit = 0 }: Fault): number => limit / 1024 / 1024

/** Sentences by the system's code. */
const UNREADABLE: ReadonlyMap<string, Bilingual> = new Map([
  ["ENOENT", { en: "does not exist; correct its path.", zh: "不存在，请检查路径。" }],
  ["ENOTDIR", { en: "does not exist; correct its path.", zh: "不存在，请检查路径。" }],
  ["EISDIR", { en: "is a folder; name a file in it.", zh: "是文件夹，请指定其中的文件。" }],
  ["EACCES", { en: "may not be read; give read access to it.", zh: "没有读取权限，请授予读取权限。" }],
  ["EPERM", { en: "may not be read; give read access to it.", zh: "没有读取权限，请授予读取权限。" }],
])
const unreadable = ({ because = "", limit }: Fault): Bilingual => {
  if (because === "STALLED") {
    return {
      en: `gave nothing for ${limit} seconds; see what writes to it, or allow more (sourceTimeoutMs).`,
      zh: `在 ${limit} 秒内没有给出任何数据，请检查它的写入方，或放宽时限（sourceTimeoutMs）。`,
    }
  }
  return (
    UNREADABLE.get(because) ?? {
      en: `cannot be read (${because}); check it.`,
      zh: `无法读取（${because}），请检查。`,
    }
  )
}

/** How many items are too many or too few. */
const gap = ({ actual = 0, limit = 0 }: Fault): number => Math.abs(actual - limit)

const whenZh = (because: string): string => (because.includes(" = ") ? `${because} 时` : `有 ${because} 时`)
