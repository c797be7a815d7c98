import { say as sayToBot } from "../bots/say.ts"
import type { BadField } from "../control/bad-field.ts"
import { isJsonObject } from "../json.ts"
import type { World } from "../world.ts"
import { deliveryView, type CallbackDelivery } from "./delivery.ts"
import { readSaidToApp, type SaidToApp } from "./say-to-app.ts"

export type { SaidToApp }

/**
 * Sends a member's words to an app, by its callback URL, or to a smart robot, by a frame.
 * @returns for an app, a promise that resolves after the first try
 */
export function say(world: World, userid: string, input: unknown): Heard | Promise<Heard> {
  if (!isJsonObject(input) || input["agentid"] === undefined) return sayToBot(world, userid, input)
  const read = readSaidToApp(world, userid, input)
  if ("badFields" in read) return read
  return world.callbacks.tell(read.app, read.told).then((delivery) => ({ told: deliveryView(delivery) }))
}

type Heard = { readonly told: CallbackDelivery } | { readonly badFields: readonly BadField[] }
