import { PRIORITIES } from "../../model/message.ts"
import type { Priority } from "../../model/message.ts"
import { toPriority } from "../message-row.ts"

/** Where the turns of a message wait to be fetched: those of smart robots only by the node that holds their connections. */
export type TurnQueue = Priority | typeof ROBOTS

export const ROBOTS = "robots"
export const TURN_QUEUES = [...PRIORITIES, ROBOTS] as const

export interface QueuedJob {
  readonly queue: TurnQueue
  readonly id: string
}

/** The columns of a message that decide its queue. */
export interface QueuedRow {
  readonly priority: number
  /** Only the holder of the robots sends it. */
  readonly by_holder: boolean
}

export function turnQueueOf({ priority, by_holder: isByHolder }: QueuedRow): TurnQueue {
  return isByHolder ? ROBOTS : toPriority({ priority })
}
