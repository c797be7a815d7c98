import { byteLength, checkMessageOf, MESSAGE_TYPES, ROBOT_MESSAGE_TYPES, tolerate } from "@wecom-push/protocol"
import type { AppMessage, Fault, RobotMessage } from "@wecom-push/protocol"
import { APP_CHAT, SMART_ROBOT } from "@wecom-push/protocol/delivery"
import type { CallKind } from "@wecom-push/protocol/delivery"
import { botContent, checkContent, checkRobotContent, fitRobotMessage } from "@wecom-push/sdk/internals"
import type { Tolerance } from "@wecom-push/sdk/internals"
import type { Overflow } from "@wecom-push/sdk"
import { isMediumId } from "../model/medium-id.ts"
import { fitParts, MAX_PARTS } from "./fit-parts.ts"
import type { FittedParts } from "./fit-parts.ts"

/** Rules for the content of a message, by its channel: types, limits, and how an over-long text is cut or split. */
export interface ContentRules {
  check(message: unknown, tolerance: Tolerance): Fault[]
  /** @param message a message without faults */
  fit(message: unknown, overflow: Overflow | undefined): FittedParts
}

const OF_APPS: ContentRules = {
  check: checkContent,
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- checked before, by the package that owns the type
  fit: (message, overflow) => fitParts(message as AppMessage, overflow),
}

const BY_KIND: Readonly<Record<string, ContentRules>> = {
  group_robot: {
    check: (message, tolerance) =>
      namesImage(message) ? checkContent(message, tolerance, checkImage) : checkRobotContent(message, tolerance),
    fit(message, overflow) {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- checked before, by the package that owns the type
      const checked = message as RobotMessage
      const needed = overflow === "split" ? Math.ceil(longest(checked) / MOST_BYTES) : 1
      if (needed > MAX_PARTS) return { needed }
      const parts = fitRobotMessage(checked, overflow)
      return parts.length > MAX_PARTS ? { needed: parts.length } : { parts }
    },
  },
  // Texts are as long as an app's, so that people named beside chats get the same parts.
  app_chat: {
    check: (message, tolerance) => checkContent(message, tolerance, checkForChat),
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- checked before, by the package that owns the type
    fit: (message, overflow) => fitParts(message as AppMessage, overflow, checkForChat),
  },
  smart_robot: {
    check: (message, { strict }) => {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it reads anything
      const { faults } = botContent(message as AppMessage)
      return strict ? [...faults] : faults.map(tolerate)
    },
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- checked before, by the package that owns the type
    fit: (message) => ({ parts: [botContent(message as AppMessage).content] }),
  },
}

/** The types of all channels: each type is the name of a message's field, too. */
export const KNOWN_TYPES: readonly string[] = [...new Set<string>([...MESSAGE_TYPES, ...ROBOT_MESSAGE_TYPES])]

export function hasOwnRules(callKind: string): boolean {
  return Object.hasOwn(BY_KIND, callKind)
}

/**
 * @param ways one call kind, or several that must all accept the message; for a kind without rules of its own, those of an
 *   app's messages apply
 */
export function contentRules(ways: readonly CallKind[]): ContentRules {
  const [first = OF_APPS, ...others] = ways.map(({ name }) => BY_KIND[name] ?? OF_APPS)
  return others.reduce(both, first)
}

function both(one: ContentRules, other: ContentRules): ContentRules {
  return {
    check(message, tolerance) {
      const found = one.check(message, tolerance)
      const isNew = ({ path, rule }: Fault): boolean =>
        !found.some((fault) => fault.path === path && fault.rule === rule)
      return [...found, ...other.check(message, tolerance).filter(isNew)]
    },
    fit(message, overflow) {
      const fitted = one.fit(message, overflow)
      if (!("parts" in fitted)) return fitted
      const parts: unknown[] = []
      for (const part of fitted.parts) {
        const again = other.fit(part, overflow)
        if (!("parts" in again)) return again
        parts.push(...again.parts)
      }
      return parts.length > MAX_PARTS ? { needed: parts.length } : { parts }
    },
  }
}

/** A robot's image is an uploaded file: it becomes part of the message when that is sent. */
function namesImage(message: unknown): boolean {
  const image: unknown = Reflect.get(Object(message), "image")
  return Reflect.get(Object(message), "msgtype") === "image" && isMediumId(Reflect.get(Object(image), "media_id"))
}

function checkImage(message: unknown): Fault[] {
  return checkMessageOf(SMART_ROBOT.types, message)
}

function checkForChat(message: unknown): Fault[] {
  return checkMessageOf(APP_CHAT.types, message)
}

/** The limit for each part of a split text. */
const MOST_BYTES = 4096

function longest(message: RobotMessage): number {
  if (message.msgtype === "text") return byteLength(message.text.content)
  if (message.msgtype === "markdown") return byteLength(message.markdown.content)
  return message.msgtype === "markdown_v2" ? byteLength(message.markdown_v2.content) : 0
}
