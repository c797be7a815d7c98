import { callOfTaskId, taskIdOfCall } from "@wecom-push/protocol/delivery"
import type { Message } from "../model/message.ts"
import { parseOwn } from "./row.ts"

/** By which WeCom tells of a press, if a message is a card that has one. A card is never split. */
export function taskIdOf({ msgtype, parts: [part] }: Pick<Message, "msgtype" | "parts">): string | undefined {
  if (msgtype !== "template_card" || part === undefined) return undefined
  const taskId = parseOwn<{ template_card?: { task_id?: unknown } }>(part).template_card?.task_id
  return typeof taskId === "string" && taskId !== "" ? taskId : undefined
}

/** How to find the card that a press is of: by the task of a message, or what it begins with. */
export interface CardSearch {
  readonly taskId: string
  readonly isPrefix: boolean
  /** Of the call, should it be one of those found. */
  readonly call: number
  isTask(taskId: string): boolean
}

/** One after another, until one finds something. @param pressed the task as WeCom tells it */
export function cardSearches(pressed: string): readonly CardSearch[] {
  if (pressed === "") return []
  const exact = { taskId: pressed, isPrefix: false, call: 1, isTask: (taskId: string) => taskId === pressed }
  const later = callOfTaskId(pressed)
  if (later === undefined) return [exact]
  const { message, mayBeCut, number } = later
  const isTask = (taskId: string): boolean => taskIdOfCall(taskId, number) === pressed
  return [exact, { taskId: message, isPrefix: mayBeCut, call: number, isTask }]
}

/** Of messages with one task WeCom has taken one, and refused the others; so many are looked through. */
export const MOST_CANDIDATES = 100
