import { describeFault } from "@wecom-push/protocol"
import type { Fault, Language } from "@wecom-push/protocol"
import { WeComError } from "./wecom-error.ts"

/** Makes one error of all faults in the caller's input, found before any request. */
export function invalidInputError(faults: readonly Fault[], language: Language): WeComError {
  const sentences = faults.slice(0, MAX_SENTENCES).map((fault) => describeFault(fault, language))
  if (faults.length > MAX_SENTENCES) sentences.push(MORE[language](faults.length - MAX_SENTENCES))
  return new WeComError({
    code: "invalid_input",
    message: sentences.join(language === "zh" ? "" : " "),
    hint: HINT[language],
    language,
    class: "request",
    faults,
  })
}

/** `faults` has all of them; the message is for people. */
const MAX_SENTENCES = 20

const MORE = {
  en: (count: number) => `And ${count} more.`,
  zh: (count: number) => `另有 ${count} 处。`,
}

const HINT = {
  en: "Nothing was sent. Correct each field named above; `faults` lists them with paths and limits.",
  zh: "没有发送任何内容。请逐一修改以上字段；faults 中列有各字段的路径和限制。",
}
