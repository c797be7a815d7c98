import { systemClock } from "@wecom-push/sdk/internals"
import type { Context } from "../context.ts"
import { Progress } from "../send/progress.ts"
import type { GatewayClient } from "./client.ts"
import { GatewayError, mayMend } from "./gateway-error.ts"
import { isFinished, readMessage } from "./message-view.ts"
import type { MessageView } from "./message-view.ts"
import { pause } from "./pause.ts"

const firstPauseMs = 25
const longestPauseMs = 1000

/**
 * Returns a message when it is finished, or when `waitMs` is over. It does not wait for a message that is due later
 * than that. It also waits for a gateway that is restarted in the meantime.
 * @throws {GatewayError}
 */
export async function awaitMessage(
  client: GatewayClient,
  id: string,
  waitMs: number,
  context: Context,
): Promise<MessageView> {
  const clock = context.io.clock ?? systemClock
  const until = clock.now() + waitMs
  const progress = new Progress(context)
  try {
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * 1.5)) {
      const leftMs = until - clock.now()
      const message = await look(client, id, leftMs > 0)
      if (message !== undefined) {
        if (isFinished(message) || leftMs <= 0 || Date.parse(message.sendAt) > until) return message
        const { total, counts } = message
        progress.update({ stage: "wait", done: total - (counts.get("pending") ?? 0), total })
      }
      await pause(Math.max(0, Math.min(pauseMs, leftMs)), context)
    }
  } finally {
    progress.end()
  }
}

/** Undefined when the message cannot be read now, but may be readable in a moment. */
async function look(client: GatewayClient, id: string, isTimeLeft: boolean): Promise<MessageView | undefined> {
  try {
    return await client.ask({ path: `/v1/messages/${id}` }, readMessage)
  } catch (error) {
    if (error instanceof GatewayError && mayMend(error) && isTimeLeft) return undefined
    throw error
  }
}
