import type { Permit } from "../../model/ports/governor.ts"
import type { AppRuntime } from "../app-runtimes.ts"
import type { RunContext } from "./run-context.ts"

/**
 * Leave to send a call of a message. While WeCom cannot be reached, a request that no member notices tries first whether
 * that is still so: where it is answered the message goes out. Where there is no such request the message itself tries.
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
