import { systemClock } from "@wecom-push/sdk/internals"
import type { Context } from "../context.ts"
import { exitCode } from "../exit-code.ts"
import { GatewayError } from "./gateway-error.ts"
import { say } from "./texts.ts"

/** @throws {GatewayError} `aborted`, when the user ends it */
export async function pause(ms: number, { io, language }: Context): Promise<void> {
  try {
    await (io.clock ?? systemClock).sleep(ms, io.interruption())
  } catch (error) {
    if (!io.interruption().aborted) throw error
    throw new GatewayError("aborted", exitCode.interrupted, say(language, "interrupted"), { mayHaveArrived: false })
  }
}
