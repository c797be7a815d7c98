import type { Language } from "@wecom-push/protocol"
import type { CommandFault } from "../../command-error.ts"
import type { SendFlags } from "../../flags.ts"
import { say as sayCommon } from "../../texts.ts"
import { say } from "../texts.ts"

/** The fields of a message that only a gateway takes. */
export interface Delivery {
  /** As the API calls them. */
  readonly fields: Readonly<Record<string, string>>
  /** One of our own making unless given, so that a repeat inside this command is safe too. */
  readonly idempotencyKey: string
  readonly waitMs: number
  readonly faults: readonly CommandFault[]
}

const defaultWaitSeconds = 30
const maxWaitSeconds = 7 * 24 * 3600
const maxOrderKeyLength = 128
const priorities = ["high", "normal", "bulk"] as const

export function readDelivery(flags: SendFlags, language: Language): Delivery {
  const { app, priority, orderKey, sendAt, expiresAt, idempotencyKey } = flags
  const faults: CommandFault[] = []
  const check = (path: string, isGood: boolean, message: string): void => {
    if (!isGood) faults.push({ path, message })
  }
  if (priority !== undefined) {
    const isKnown = priorities.some((one) => one === priority)
    check("--priority", isKnown, sayCommon(language, "notOneOf", { value: priority, allowed: priorities.join(", ") }))
  }
  if (orderKey !== undefined) {
    const isFitting = orderKey !== "" && orderKey.length <= maxOrderKeyLength
    check("--order-key", isFitting, say(language, "notOrderKey", { most: maxOrderKeyLength }))
  }
  for (const [path, value] of [["--send-at", sendAt] as const, ["--expires-at", expiresAt] as const]) {
    if (value !== undefined) check(path, isTimeWithZone(value), say(language, "notTime", { value }))
  }
  if (idempotencyKey !== undefined) {
    check("--idempotency-key", /^[\x21-\x7E]{1,255}$/.test(idempotencyKey), say(language, "notIdempotencyKey"))
  }
  const wait = readWait(flags.wait, defaultWaitSeconds, language)
  return {
    fields: {
      ...(app === undefined ? {} : { app }),
      ...(priority === undefined ? {} : { priority }),
      ...(orderKey === undefined ? {} : { order_key: orderKey }),
      ...(sendAt === undefined ? {} : { send_at: sendAt }),
      ...(expiresAt === undefined ? {} : { expires_at: expiresAt }),
    },
    idempotencyKey: idempotencyKey ?? crypto.randomUUID(),
    waitMs: wait.waitMs,
    faults: [...faults, ...wait.faults],
  }
}

/** `--wait SECONDS`. */
export function readWait(
  value: string | undefined,
  usualSeconds: number,
  language: Language,
): { readonly waitMs: number; readonly faults: readonly CommandFault[] } {
  if (value === undefined) return { waitMs: usualSeconds * 1000, faults: [] }
  const seconds = /^\d{1,6}$/.test(value) ? Number(value) : Number.NaN
  if (seconds <= maxWaitSeconds) return { waitMs: seconds * 1000, faults: [] }
  const message = say(language, "notWait", { value, most: maxWaitSeconds })
  return { waitMs: 0, faults: [{ path: "--wait", message }] }
}

/** The form only: the gateway checks whether the day exists and lies in range. */
function isTimeWithZone(value: string): boolean {
  return /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/i.test(value)
}
