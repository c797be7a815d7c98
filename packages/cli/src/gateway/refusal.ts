import type { Language } from "@wecom-push/protocol"
import type { CommandFault } from "../command-error.ts"
import { exitCode } from "../exit-code.ts"
import { sourceWord } from "../source-word.ts"
import type { GatewayAccess } from "./access.ts"
import { visibleOnOneLine } from "../visible.ts"
import type { Answer } from "./exchange.ts"
import { Fields } from "./fields.ts"
import { GatewayError } from "./gateway-error.ts"
import { say } from "./texts.ts"

/** Flags by the fields that they fill: JSON pointers into the body, and bare names of parameters. */
export type FlagsOfFields = Readonly<Record<string, string>>

/**
 * The refusal of a gateway, from its problem document (RFC 9457), which is in the user's language already.
 * @param own flags that the command has instead of the usual ones
 */
export function refusalOf(
  { status, headers, body }: Answer,
  keyFrom: KeyFrom,
  language: Language,
  own: FlagsOfFields = {},
): GatewayError {
  const problem = problemOf(body, { ...FLAGS, ...own })
  const retryAfterSeconds = secondsOf(headers["retry-after"])
  const common = { status, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) }
  if (problem === undefined) {
    const isRedirect = status >= 300 && status <= 399
    const message = isRedirect
      ? say(language, "redirected", { status, location: headers.location ?? "" })
      : say(language, "answeredWith", { status })
    return new GatewayError("gateway_unusable_answer", exitCode.notSent, message, {
      ...common,
      hint: say(language, "notAGatewayHint"),
      mayHaveArrived: status >= 500,
    })
  }
  const { code, title, detail, hint, faults, requestId } = problem
  // The detail repeats the first fault.
  const written = faults.length > 0 || detail === "" ? `${title}${language === "zh" ? "。" : "."}` : detail
  const ownHint = OWN_HINTS[code]
  const message = status === 401 ? say(language, "keyRefused", tellKey(keyFrom, language)) : written
  return new GatewayError(code, isFaultOfAsking(status, faults) ? exitCode.usage : exitCode.notSent, message, {
    ...common,
    hint: hintOf(ownHint === undefined ? visibleOnOneLine(hint) : say(language, ownHint), retryAfterSeconds, language),
    faults,
    mayHaveArrived: status >= 500 && !NOT_ACCEPTED.has(code),
    ...(requestId === undefined ? {} : { requestId }),
  })
}

/** The gateway's own hints for these are for programs that write requests. */
const OWN_HINTS: Readonly<Partial<Record<string, OwnHint>>> = {
  unauthorized: "keyRefusedHint",
  no_such_path: "noSuchPathHint",
  already_sent: "alreadySentHint",
  nothing_to_retry: "nothingToRetryHint",
}

type OwnHint = "keyRefusedHint" | "noSuchPathHint" | "alreadySentHint" | "nothingToRetryHint"

/** Repeating it as it is would be refused again: what was asked has to change. */
function isFaultOfAsking(status: number, faults: readonly CommandFault[]): boolean {
  const isUnknownApp = status === 404 && faults.some(({ rule }) => rule === "unknown_app")
  return ASKED_WRONGLY.has(status) || isUnknownApp
}

const ASKED_WRONGLY: ReadonlySet<number> = new Set([400, 401, 413, 415, 422])

type KeyFrom = GatewayAccess["keyFrom"]

function tellKey({ name, source }: KeyFrom, language: Language): { readonly name: string; readonly where: string } {
  return { name, where: sourceWord(source, language) }
}

/** 5xx after which it is certain that nothing was accepted. */
const NOT_ACCEPTED: ReadonlySet<string> = new Set([
  "backlog_full",
  "storage_full",
  "storage_busy",
  "files_unavailable",
  "shutting_down",
])

interface Problem {
  readonly code: string
  readonly title: string
  readonly detail: string
  readonly hint: string
  readonly faults: readonly CommandFault[]
  readonly requestId: string | undefined
}

function problemOf(body: string, flags: FlagsOfFields): Problem | undefined {
  try {
    const fields = new Fields(JSON.parse(body))
    return {
      code: fields.text("code"),
      title: fields.text("title"),
      detail: fields.text("detail"),
      hint: fields.text("hint"),
      faults: fields.list("errors", (error) => {
        const path = error.text("path")
        return {
          path: flagOf(path, flags) ?? path,
          message: withFlags(error.text("detail"), flags),
          rule: error.text("code"),
        }
      }),
      requestId: fields.textOrNull("request_id") ?? undefined,
    }
  } catch {
    // No problem document: something in between answered.
    return undefined
  }
}

function flagOf(path: string, flags: FlagsOfFields): string | undefined {
  if (!path.startsWith("/")) return flags[path]
  const [, first = "", second] = path.split("/", 3)
  if (first === "settings" && second !== undefined) return `--set ${second}`
  return flags[`/${first}/${second ?? ""}`] ?? flags[`/${first}`]
}

/** Names flags where the gateway's sentence names fields, which the user did not write. Other paths stay as they are. */
function withFlags(sentence: string, flags: FlagsOfFields): string {
  return sentence.replaceAll(/(?<![\w/.])\/[a-z_]+(?:\/[\w.]+)*(?![\w/])/g, (path) => {
    const flag = flagOf(path, flags)
    const item = /\/(\d+)$/.exec(path)?.[1]
    return flag === undefined ? path : `${flag}${item === undefined ? "" : `[${item}]`}`
  })
}

/** The flag behind a field of the request. */
const FLAGS: FlagsOfFields = {
  "/app": "--app",
  app: "--app",
  "/priority": "--priority",
  "/order_key": "--order-key",
  "/send_at": "--send-at",
  "/expires_at": "--expires-at",
  "/overflow": "--overflow",
  "/mobile_check": "--mobile-check",
  "/strict": "--no-strict",
  "/duplicate_check_interval": "--duplicate-check",
  "/to/users": "--user",
  "/to/mobiles": "--mobile",
  "/to/emails": "--email",
  "/to/departments": "--department",
  "/to/tags": "--tag",
  "/to/chats": "--chat",
  "/to/all": "--all",
  "/owner/user": "--owner",
  "/members": "--user",
  "/members/users": "--user",
  "/add/users": "--add",
  "/remove/users": "--remove",
  "/chatid": "--chatid",
  "/mobile": "--mobile",
  "/email": "--email",
  "/adapter": "--adapter",
  "/name": "--name",
  "/template": "--template-file",
  "/signing_secret": "--signing-secret-file",
  "/old_token_s": "--old-token",
  "/scopes": "--scope",
  "/apps": "--app",
  "/audience_cap": "--audience-cap",
  "/forward": "--forward",
  "/key_id": "--all-of-key",
  "/robot_key": "--robot-key-file",
  "/bot_id": "--bot-id",
  "/callback_token": "--callback-token-file",
  "/encoding_aes_key": "--aes-key-file",
}

function hintOf(hint: string, retryAfterSeconds: number | undefined, language: Language): string {
  if (retryAfterSeconds === undefined) return hint
  return `${hint}${language === "zh" ? "" : " "}${say(language, "retryAfter", { seconds: retryAfterSeconds })}`
}

/** Seconds, or a date; what a proxy in between may write, too. */
function secondsOf(retryAfter: string | undefined): number | undefined {
  if (retryAfter === undefined) return undefined
  if (/^\d{1,9}$/.test(retryAfter)) return Number(retryAfter)
  const at = Date.parse(retryAfter)
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - Date.now()) / 1000))
}
