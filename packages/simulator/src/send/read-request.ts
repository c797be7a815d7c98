import { bodyInteger, bodyText, isFilled, type ApiCall } from "../api/call.ts"
import { DEFAULT_DUPLICATE_CHECK_SECONDS, MAX_DUPLICATE_CHECK_SECONDS } from "@wecom-push/protocol"

/** The common fields of `message/send`. @see wecom document 90236 */
export interface SendRequest {
  readonly agentid: number | "absent" | "invalid"
  readonly msgtype: string
  readonly touser: readonly string[]
  readonly toparty: readonly string[]
  readonly totag: readonly string[]
  readonly safe: number
  readonly translatesIds: boolean
  /** `undefined`: no duplicate check was asked for. */
  readonly duplicateIntervalMs: number | undefined
}

export function readSendRequest(call: ApiCall): SendRequest {
  return {
    agentid: readAgentid(call),
    msgtype: bodyText(call, "msgtype"),
    touser: readList(bodyText(call, "touser")),
    toparty: readList(bodyText(call, "toparty")),
    totag: readList(bodyText(call, "totag")),
    safe: bodyInteger(call, "safe") ?? 0,
    translatesIds: bodyInteger(call, "enable_id_trans") === 1,
    duplicateIntervalMs: readDuplicateInterval(call),
  }
}

function readAgentid(call: ApiCall): number | "absent" | "invalid" {
  return isFilled(call.body["agentid"]) ? (bodyInteger(call, "agentid") ?? "invalid") : "absent"
}

/** Blanks around the bar and empty items are as good as absent: the official samples have them. */
function readList(text: string): string[] {
  if (text === "") return []
  return text
    .split("|")
    .map((item) => item.trim())
    .filter((item) => item !== "")
}

function readDuplicateInterval(call: ApiCall): number | undefined {
  const seconds = bodyInteger(call, "duplicate_check_interval") ?? 0
  if (bodyInteger(call, "enable_duplicate_check") !== 1) return undefined
  const inForce = seconds > 0 ? seconds : DEFAULT_DUPLICATE_CHECK_SECONDS
  return Math.min(inForce, MAX_DUPLICATE_CHECK_SECONDS) * 1000
}
