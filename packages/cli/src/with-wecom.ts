import type { WeCom } from "@wecom-push/sdk"
import type { CommandFault } from "./command-error.ts"
import { configurationError, configure } from "./config/configuration.ts"
import type { SettingsRead } from "./config/read-settings.ts"
import { connect } from "./connect.ts"
import type { Context, Outcome } from "./context.ts"
import { exitCode } from "./exit-code.ts"

/** Asks WeCom, unless the configuration is faulty: then its faults are reported together with `faults`. */
export async function withWeCom(
  read: SettingsRead,
  faults: readonly CommandFault[],
  context: Context,
  work: (wecom: WeCom, signal: AbortSignal) => Promise<void>,
): Outcome {
  const configured = await configure(read, context)
  const { configuration } = configured
  if (faults.length > 0 || configuration === undefined) throw configurationError(configured, faults, context.language)
  await using connection = connect(configuration, context)
  await work(connection.wecom, context.io.interruption())
  return exitCode.ok
}
