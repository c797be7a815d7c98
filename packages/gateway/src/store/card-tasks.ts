import { callOfTaskId, taskIdOfCall } from "@wecom-push/protocol/delivery"
import type { Message } from "../model/message.ts"
import { parseOwn } from "./row.ts"

/** The id by which WeCom reports a press, if the message is a card that has one. A card is never split. */
export function taskIdOf({ msgtype, parts: [part] }: Pick<Message, "msgtype" | "parts">): string | undefined {
  if (msgtype !== "template_card" || part === undefined) return undefined
  const taskId = parseOwn<{ template_card?: { task_id?: unknown } }>(part).template_card?.task_id
  return typeof taskId === "string" && taskId !== "" ? taskId : undefined
}

/** How to find the card of a press: by the task of a message, or by its beginning. */
export interface CardSearch {
  /** Tasks from this one … */
  readonly from: string
  /** … to this one, compared byte by byte. */
  readonly to: string
  /** The number of the call, if it is the one that was pressed. */
  readonly call: number
  isTask(taskId: string): boolean
}

/** To be run in order until one finds the card. @param pressed the task as WeCom reports it */
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

/** Of messages with the same task WeCom has accepted one, and refused the others; at most this many are searched. */
export const MOST_CANDIDATES = 100
