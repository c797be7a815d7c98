import type { Permit } from "../../model/ports/governor.ts"
import type { AppRuntime } from "../app-runtimes.ts"
import type { RunContext } from "./run-context.ts"

/**
 * Asks for permission to send a call of a message. While WeCom cannot be reached, a request that no member notices checks
 * first whether that is still so: if it is answered, the message goes out. If the channel has no such request, the message
 * itself is the check.
 * @returns undefined when the app is closed, or is closed while waiting
 */
export function askForPermit(
  { governor, connection }: Pick<AppRuntime, "governor" | "connection">,
  { message: { id, priority }, isOfBacklog }: Pick<RunContext, "message" | "isOfBacklog">,
): Permit | undefined | Promise<Permit | undefined> {
  if (connection === undefined || !governor.triesByAgentGet(id)) return governor.permit(priority, isOfBacklog)
  return (async () => {
    await connection.ask()
    return governor.permit(priority, isOfBacklog)
  })()
}
