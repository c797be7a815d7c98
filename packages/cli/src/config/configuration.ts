import type { Language } from "@wecom-push/protocol"
import { cacheFault } from "../cache-folder.ts"
import { CommandError } from "../command-error.ts"
import type { CommandFault } from "../command-error.ts"
import type { Context } from "../context.ts"
import { exitCode } from "../exit-code.ts"
import { say } from "../texts.ts"
import { checkSettings } from "./check-settings.ts"
import type { Configuration } from "./check-settings.ts"
import type { SettingsRead } from "./read-settings.ts"
import { runningSimulator } from "./running-simulator.ts"
import { identitySettings } from "./settings.ts"
import type { Settings } from "./settings.ts"

export interface Configured {
  /** Absent when there are faults. */
  readonly configuration: Configuration | undefined
  readonly found: Settings
  readonly faults: readonly CommandFault[]
  /** True when none of corp id, secret, AgentId and address is given anywhere. */
  readonly isBlank: boolean
}

/**
 * Checks the whole configuration and reports every fault together. When nothing at all is configured, the command uses
 * a simulator that runs on this machine. A single given value switches that off, so that a mistake in a real
 * configuration is never hidden by messages that end on a simulated phone.
 */
export async function configure(read: SettingsRead, context: Context): Promise<Configured> {
  const { io, language } = context
  const isBlank = read.faults.length === 0 && identitySettings.every((name) => read.settings[name] === undefined)
  const simulator = isBlank ? await runningSimulator(io.env) : undefined
  const found = simulator === undefined ? read.settings : { ...read.settings, ...simulator }
  const checked = checkSettings(found, language, read.isWhole)
  const unread = isBlank ? cacheFault(context) : undefined
  return {
    configuration: read.faults.length === 0 ? checked.configuration : undefined,
    found,
    faults: [...read.faults, ...checked.faults, ...(unread === undefined ? [] : [unread])],
    isBlank: isBlank && simulator === undefined,
  }
}

/** The faults that stop the command, as one error; `others` are faults found elsewhere in the same command line. */
export function configurationError(
  { faults, isBlank }: Pick<Configured, "faults" | "isBlank">,
  others: readonly CommandFault[],
  language: Language,
): CommandError {
  if (isBlank && others.length === 0) {
    return new CommandError("configuration", exitCode.usage, say(language, "nothingConfigured"), {
      faults,
      hint: howToConfigure(language),
    })
  }
  const all = [...others, ...faults]
  const message =
    all.length === 1
      ? say(language, others.length === 0 ? "configurationFaulty" : "oneFault")
      : say(language, "faultsFound", { count: all.length })
  return new CommandError(others.length === 0 ? "configuration" : "usage", exitCode.usage, message, {
    faults: all,
    hint: isBlank ? howToConfigure(language) : "",
  })
}

function howToConfigure(language: Language): string {
  return [
    "",
    say(language, "howToInit"),
    "  npx wecom-push init",
    "",
    say(language, "howToConfigure"),
    "  export WECOM_CORP_ID=…",
    "  export WECOM_APP_SECRET=…",
    "  export WECOM_AGENT_ID=…",
    "",
    say(language, "howToSimulate"),
    "  npx wecom-push simulate",
  ].join("\n")
}
