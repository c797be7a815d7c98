import type { Context } from "../context.ts"
import { CommandError } from "../command-error.ts"
import { exitCode } from "../exit-code.ts"
import type { GatewayClient } from "./client.ts"
import { readStatus } from "./status-view.ts"
import { say } from "./texts.ts"

/**
 * The named app, or the only app of the key, for paths that contain an app.
 * @throws {CommandError} when there are several, or none
 */
export async function appNamed(
  client: GatewayClient,
  named: string | undefined,
  { language }: Context,
): Promise<string> {
  if (named !== undefined) return named
  const { apps } = await client.ask({ path: "/v1/status" }, readStatus)
  const names = apps.map(({ name }) => name)
  const [only, another] = names
  if (only !== undefined && another === undefined) return only
  const message =
    only === undefined ? say(language, "keyHoldsNone") : say(language, "nameAnApp", { apps: names.join(", ") })
  throw new CommandError("invalid_input", exitCode.usage, message, { faults: [{ path: "--app", message }] })
}
