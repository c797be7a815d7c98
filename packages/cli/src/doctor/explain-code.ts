import { describeErrcode, lookUpErrcode } from "@wecom-push/protocol"
import { CommandError } from "../command-error.ts"
import type { Context, Outcome } from "../context.ts"
import { exitCode } from "../exit-code.ts"
import { say } from "../texts.ts"

/** `doctor --code N`: what WeCom means by a code and what to do, without asking WeCom. */
export async function explainCode(given: string, { language, output }: Context): Outcome {
  if (!/^-?\d{1,9}$/.test(given.trim())) {
    const faults = [{ path: "--code", message: say(language, "notCode", { value: given }) }]
    throw new CommandError("usage", exitCode.usage, say(language, "oneFault"), { faults })
  }
  const errcode = Number(given)
  const entry = describeErrcode(errcode)
  const isKnown = lookUpErrcode(errcode) !== undefined
  const tool = `https://open.work.weixin.qq.com/devtool/query?e=${errcode}`
  if (output.json) {
    const { name, retry } = entry
    const told = { meaning: entry.meaning[language], todo: entry.todo[language] }
    output.data(
      JSON.stringify({ ok: true, errcode, known: isKnown, name, class: entry.class, retry, ...told, more: tool }),
    )
    return exitCode.ok
  }
  output.data(output.paintData("bold", `${errcode} ${entry.name}`))
  output.data(entry.meaning[language])
  output.data(entry.todo[language])
  output.data(output.paintData("dim", tool))
  return exitCode.ok
}
