import type { CommandFault } from "../command-error.ts"
import type { SecretFrom } from "../config/address-trust.ts"
import type { SettingsRead } from "../config/read-settings.ts"
import type { Context } from "../context.ts"
import { accessError, readAccess } from "./access.ts"
import { GatewayClient } from "./client.ts"

/**
 * Makes the client for a command that has already read the settings to decide between gateway and WeCom.
 * @param faults those that the command itself has found
 * @param handedOver secrets that go to the gateway with the request
 * @throws {CommandError} every fault
 */
export async function clientFor(
  read: SettingsRead,
  faults: readonly CommandFault[],
  context: Context,
  handedOver: readonly (SecretFrom | undefined)[] = [],
): Promise<GatewayClient> {
  const reached = await readAccess(read, context, handedOver)
  if (faults.length > 0 || reached.access === undefined) throw accessError(reached, faults, context)
  return new GatewayClient(reached.access, context)
}
