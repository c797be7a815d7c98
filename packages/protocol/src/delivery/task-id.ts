/** WeCom takes each `task_id` once, so a card that takes several calls needs one for each call. */
export function taskIdOfCall(taskId: string, number: number): string {
  if (number === 1) return taskId
  const suffix = `@${number}`
  return taskId.slice(0, MAX_TASK_ID_BYTES - suffix.length) + suffix
}

/**
 * A part as a call carries it: from the second call on a card has a `task_id` of its own. @param number of the call,
 * from 1
 */
export function withOwnTaskId({ part, number }: { readonly part: string; readonly number: number }): string {
  if (number === 1 || !part.includes('"task_id"')) return part
  const message: Readonly<Record<string, { readonly task_id?: unknown } | undefined>> = JSON.parse(part)
  const type = TASK_TYPES.find((name) => message[name] !== undefined)
  const taskId = type === undefined ? undefined : message[type]?.task_id
  if (type === undefined || typeof taskId !== "string" || taskId === "") return part
  return JSON.stringify({ ...message, [type]: { ...message[type], task_id: taskIdOfCall(taskId, number) } })
}

/** Messages whose payload has a `task_id`. */
const TASK_TYPES = ["template_card", "taskcard"] as const

export type TaskType = (typeof TASK_TYPES)[number]

export function isTaskType(msgtype: string): msgtype is TaskType {
  return TASK_TYPES.some((type) => type === msgtype)
}

/**
 * The call of a message that may have this `task_id`, and the `task_id` of the message itself, or, if it may be cut,
 * the beginning of it.
 */
export function callOfTaskId(written: string): TaskOfCall | undefined {
  const [, message, number] = /^(.+)@([1-9]\d{0,8})$/s.exec(written) ?? []
  if (message === undefined || number === "1") return undefined
  return { message, number: Number(number), mayBeCut: written.length >= MAX_TASK_ID_BYTES }
}

export interface TaskOfCall {
  readonly message: string
  readonly number: number
  readonly mayBeCut: boolean
}

const MAX_TASK_ID_BYTES = 128
