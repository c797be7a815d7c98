import { callOfTaskId, isTaskType, taskIdOfCall } from "@wecom-push/protocol/delivery"
import type { Message } from "../model/message.ts"
import type { NewEvent } from "../model/ports/events.ts"
import { parseOwn } from "./row.ts"

/** The id by which WeCom reports a press, if the message is a card that has one. A card is never split. */
export function taskIdOf({ msgtype, parts: [part] }: Pick<Message, "msgtype" | "parts">): string | undefined {
  if (!isTaskType(msgtype) || part === undefined) return undefined
  const taskId = parseOwn<Readonly<Record<string, { task_id?: unknown } | undefined>>>(part)[msgtype]?.task_id
  return typeof taskId === "string" && taskId !== "" ? taskId : undefined
}

/** How to find the card of a press: by the task of a message, or by its beginning. */
export interface CardSearch {
  /** The first task to compare, … */
  readonly from: string
  /** … and the last one, compared byte by byte. */
  readonly to: string
  /** The number of the call that was pressed, if this search finds it. */
  readonly call: number
  isTask(taskId: string): boolean
}

/** The searches to run, in order, until one finds the card. @param pressed the task as WeCom reports it */
export function cardSearches(pressed: string): readonly CardSearch[] {
  if (pressed === "") return []
  const exact = { from: pressed, to: pressed, call: 1, isTask: (taskId: string) => taskId === pressed }
  const later = callOfTaskId(pressed)
  if (later === undefined) return [exact]
  const { message, mayBeCut, number } = later
  const isTask = (taskId: string): boolean => taskIdOfCall(taskId, number) === pressed
  return [exact, { from: message, to: mayBeCut ? message + LAST_CHARACTER : message, call: number, isTask }]
}

const LAST_CHARACTER = "\u{10FFFF}"

export interface FoundCard {
  readonly messageId: string
  /** The app of the message. */
  readonly app: string
  readonly call: number
}

/** The fields that the event of a press has about the message. @param app the app that was called back */
export function messageOf(card: FoundCard | undefined, app: string): Pick<NewEvent, "messageId" | "messageApp"> {
  const messageId = card?.messageId
  return card === undefined || card.app === app ? { messageId } : { messageId, messageApp: card.app }
}

/**
 * How many messages are searched at most. WeCom has accepted one of the messages with the same task, and refused the
 * others.
 */
export const MOST_CANDIDATES = 100
