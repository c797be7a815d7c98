import { raisePress as raisePressOfBot } from "../bots/raise.ts"
import { showPressed } from "../send/update-task-card.ts"
import type { World } from "../world.ts"
import { TASK_EVENT } from "./card-press.ts"
import type { Delivery } from "./delivery.ts"
import type { ClickVerdict } from "./press-card.ts"

/** Tells the sender of a card that it was pressed: an app by its callback URL, a smart robot by a frame. */
export function raisePress(world: World, pressed: Exclude<ClickVerdict, { kind: "refused" }>): Promise<Delivery> {
  if (pressed.press.event === TASK_EVENT) {
    const { message, userid, key } = pressed.press
    // The phone does this by itself, whatever the app makes of it.
    showPressed(world, message, new Set([userid]), { key, atMs: world.clock.nowMs() })
  }
  if (pressed.kind === "pressed") return world.callbacks.raise(pressed.app, pressed.press)
  return Promise.resolve(raisePressOfBot(world, pressed.bot, pressed.press))
}
