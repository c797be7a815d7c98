import { hash } from "node:crypto"
import {
  checkChatMessage,
  checkSentMessage,
  DEFAULT_DUPLICATE_CHECK_SECONDS,
  MAX_DUPLICATE_CHECK_SECONDS,
  SENT_MESSAGE_TYPES,
} from "@wecom-push/protocol"
import type { JsonRepair } from "@wecom-push/protocol"
import { APP_CHAT } from "@wecom-push/protocol/delivery"
import type { DuplicateCheckMode } from "@wecom-push/protocol/delivery"
import type { KeyRecord } from "../../../model/ports/keys.ts"
import type { CompatRequest } from "../compat-request.ts"
import { Refusal } from "../refusal.ts"
import { readAudience, readChat } from "./audience.ts"
import type { CompatAudience } from "./audience.ts"
import { isChangeableCard } from "./changeable-card.ts"
import { readContent } from "./content.ts"
import type { CompatContent } from "./content.ts"

/** The call that a body is for: `message/send` to people, `appchat/send` into a group chat. */
export type SendWay = "people" | "chat"

export interface SendReading {
  readonly way: SendWay
  /** The overflow setting of the key. */
  readonly overflow: KeyRecord["overflow"]
}

/** A body of either kind, as far as it can be read without further facts. The object is passed between threads. */
export interface SendRead {
  readonly agentId: number | undefined
  /** True if `agentid` is there, with any value. */
  readonly hasAgentId: boolean
  readonly msgtype: string
  /** True for a card that can be changed later. */
  readonly isChangeable: boolean
  readonly message: SentMessage | PlainRefusal
  /** As in `CompatRequest`. */
  readonly hasJsonMistake: boolean
  readonly repairs: readonly JsonRepair[]
}

interface SentMessage {
  readonly audience: CompatAudience
  readonly content: CompatContent
  readonly duplicateCheck: DuplicateCheckMode
  /** The fingerprint of the body's bytes. */
  readonly fingerprint: string
}

export interface PlainRefusal {
  readonly errcode: number
  readonly explanation: string | undefined
}

/**
 * Faults of the message are a part of the result, since the rights of the key are checked first.
 * @throws {Refusal} if the body cannot be read at all
 */
export function readSend(request: CompatRequest, reading: SendReading): SendRead {
  const read = {
    agentId: request.integer("agentid"),
    hasAgentId: request.has("agentid"),
    msgtype: request.text("msgtype"),
    isChangeable: isChangeableCard(request.body),
    message: messageOrRefusal(request, reading),
  }
  return { ...read, hasJsonMistake: request.hasJsonMistake, repairs: request.repairs }
}

function messageOrRefusal(request: CompatRequest, reading: SendReading): SentMessage | PlainRefusal {
  try {
    return messageIn(request, reading)
  } catch (error) {
    if (error instanceof Refusal) return { errcode: error.errcode, explanation: error.explanation }
    throw error
  }
}

function messageIn(request: CompatRequest, { way, overflow }: SendReading): SentMessage {
  refuseUnknownType(request)
  if (way === "chat") return messageToChat(request, overflow)
  const audience = readAudience(request)
  const content = readContent(request, overflow, checkSentMessage)
  if (audience.isEverybody && content.msgtype === "miniprogram_notice") {
    throw new Refusal(40058, "miniprogram_notice does not go to @all")
  }
  return { audience, content, duplicateCheck: duplicateCheckOf(request), fingerprint: fingerprintOf(request) }
}

/** WeCom has no duplicate check for messages to chats. */
function messageToChat(request: CompatRequest, overflow: KeyRecord["overflow"]): SentMessage {
  const audience = readChat(request)
  if (!Object.hasOwn(APP_CHAT.types, request.text("msgtype")))
    throw new Refusal(86214, `into a chat goes one of ${Object.keys(APP_CHAT.types).join(", ")}`)
  const content = readContent(request, overflow, checkChatMessage)
  return { audience, content, duplicateCheck: { by: "gateway" }, fingerprint: fingerprintOf(request) }
}

function fingerprintOf({ raw }: CompatRequest): string {
  return hash("sha256", raw, "base64url")
}

const KNOWN_TYPES: ReadonlySet<string> = new Set(SENT_MESSAGE_TYPES)

function refuseUnknownType(request: CompatRequest): void {
  if (!KNOWN_TYPES.has(request.text("msgtype")))
    throw new Refusal(40008, `msgtype is one of ${SENT_MESSAGE_TYPES.join(", ")}`)
}

/** Some clients send an interval of 0 without need; WeCom uses its own interval then. */
function duplicateCheckOf(request: CompatRequest): DuplicateCheckMode {
  const seconds = request.integer("duplicate_check_interval") ?? 0
  if (request.integer("enable_duplicate_check") !== 1) return { by: "gateway" }
  const inForce = seconds > 0 ? seconds : DEFAULT_DUPLICATE_CHECK_SECONDS
  return { by: "caller", intervalSeconds: Math.min(inForce, MAX_DUPLICATE_CHECK_SECONDS) }
}
