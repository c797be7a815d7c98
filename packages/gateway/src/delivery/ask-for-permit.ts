import type { Message } from "../domain/message.ts"
import type { Permit } from "../ports/governor.ts"
import type { AppRuntime } from "./app-runtime.ts"

/**
 * Leave to send a call of a message. While WeCom cannot be reached, `agent/get` tries first whether that is still so: where
 * it is answered the message goes out.
 * @returns undefined when the app is closed, or is closed while waiting
 */
export function askForPermit(
  { governor, agentGet }: Pick<AppRuntime, "governor" | "agentGet">,
  { id, priority }: Pick<Message, "id" | "priority">,
): Permit | undefined | Promise<Permit | undefined> {
  if (!governor.triesByAgentGet(id)) return governor.permit(priority)
  return (async () => {
    await agentGet.ask()
    return governor.permit(priority)
  })()
}
