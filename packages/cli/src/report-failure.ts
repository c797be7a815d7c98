import type { Language } from "@wecom-push/protocol"
import type { WeComError, WeComErrorCode } from "@wecom-push/sdk"
import { CommandError } from "./command-error.ts"
import type { CommandFault } from "./command-error.ts"
import { exitCode } from "./exit-code.ts"
import type { ExitCode } from "./exit-code.ts"
import type { Output } from "./output.ts"
import { say } from "./texts.ts"
import { toldFault } from "./told-fault.ts"

/** Tells the user why a command failed, in the form that the user asked for, and returns the matching exit code. */
export function reportFailure(error: unknown, command: string | undefined, output: Output): ExitCode {
  if (output.json) output.data(JSON.stringify({ ...emptyAnswer(command), error: errorJson(error, output.language) }))
  else if (output.fail === undefined) complain(error, output)
  else output.fail(errorJson(error, output.language))
  return exitCodeOf(error)
}

/** The fields of every answer of a command, also when there is nothing to report. */
function emptyAnswer(command: string | undefined): Record<string, unknown> {
  return command === "send" ? { ok: false, recipients: [], calls: [] } : { ok: false }
}

/** The `error` member of `--json`. */
export function errorJson(error: unknown, language: Language): Record<string, unknown> {
  if (error instanceof CommandError) {
    const { code, message, hint, faults, more } = error
    return { code, class: null, errcode: null, message, hint, faults, ...more }
  }
  if (isWeComError(error)) {
    const { code, errcode, message, hint, errmsg, wecomHint, fromIp, api, retryAfterMs } = error
    return {
      code,
      class: error.class ?? null,
      errcode: errcode ?? null,
      message,
      hint,
      faults: error.faults.map((fault) => toldFault(fault, language)),
      errmsg: errmsg ?? null,
      wecom_hint: wecomHint ?? null,
      from_ip: fromIp ?? null,
      api: api ?? null,
      retry_after_s: retryAfterMs === undefined ? null : Math.ceil(retryAfterMs / 1000),
    }
  }
  return {
    code: "unexpected",
    class: null,
    errcode: null,
    message: say(language, "unexpected", { what: String(error) }),
    hint: "",
    faults: [],
  }
}

/** Prints the lines on stderr for people. */
export function complain(error: unknown, output: Output): void {
  const { language, paintNote } = output
  const head = paintNote("red", say(language, "error"))
  if (!(error instanceof CommandError) && !isWeComError(error)) {
    output.complain(`${head}${say(language, "unexpected", { what: String(error) })}`)
    return
  }
  const faults = error instanceof CommandError ? error.faults : error.faults.map((fault) => toldFault(fault, language))
  if (isWeComError(error) && error.code === "invalid_input" && faults.length > 0) {
    // The SDK's message and hint are for programs: the one repeats the faults, the other names the field that has them.
    const told =
      faults.length === 1 ? say(language, "oneFault") : say(language, "faultsFound", { count: faults.length })
    output.complain(`${head}${told}`)
    for (const fault of faults) output.complain(`  ${faultLine(fault, output)}`)
    return
  }
  output.complain(`${head}${error.message}`)
  for (const fault of faults) output.complain(`  ${faultLine(fault, output)}`)
  // For some refusals, WeCom's errmsg is the only place that names the field.
  if (isWeComError(error) && (error.errmsg ?? "") !== "" && `${error.message}${error.hint}`.includes("errmsg")) {
    output.complain(say(language, "errmsg", { errmsg: error.errmsg ?? "" }))
  }
  if (error.hint === "") return
  // Our own hints may have several lines; those of WeCom and of a gateway have one.
  for (const line of error instanceof CommandError ? error.hint.split("\n") : [error.hint]) output.complain(line)
}

/** The validators' sentences already name the field. */
export function faultLine({ path, message, rule }: CommandFault, { language, paintNote }: Output): string {
  if (message.startsWith(path) || (rule !== undefined && !path.startsWith("--"))) return message
  return `${paintNote("bold", path)}${language === "zh" ? "：" : ": "}${message}`
}

function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommandError) return error.exitCode
  if (!isWeComError(error)) return exitCode.notSent
  return exitCodes[error.code]
}

const exitCodes: Readonly<Record<WeComErrorCode, ExitCode>> = {
  invalid_input: exitCode.usage,
  refused: exitCode.notSent,
  unreachable: exitCode.notSent,
  unusable_answer: exitCode.notSent,
  deadline: exitCode.notSent,
  in_doubt: exitCode.inDoubt,
  aborted: exitCode.interrupted,
}

/** Compared by name, so that reporting a wrong flag need not load the SDK. */
export function isWeComError(error: unknown): error is WeComError {
  return error instanceof Error && error.name === "WeComError"
}
