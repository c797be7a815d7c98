import type { Language } from "@wecom-push/protocol"
import type { OrgInput, Simulator } from "@wecom-push/simulator"
import { CommandError } from "../command-error.ts"
import type { CommandFault } from "../command-error.ts"
import type { Context } from "../context.ts"
import { exitCode } from "../exit-code.ts"
import { listenFailure } from "../listen-failure.ts"
import { say } from "../texts.ts"

export interface StartOptions {
  readonly port: number
  readonly host: string
  readonly allowHosts?: readonly string[]
  readonly org?: OrgInput
  readonly members?: number
}

/** Starts a simulator. @throws {CommandError} when it cannot; `flag` is what chooses another port */
export async function startOrSay(options: StartOptions, flag: string, { language }: Context): Promise<Simulator> {
  const { InvalidSimulatorOptions, startSimulator } = await import("@wecom-push/simulator")
  try {
    return await startSimulator(options)
  } catch (error) {
    if (error instanceof InvalidSimulatorOptions) {
      const faults = error.badFields.map(({ path, problem }) => ({
        path: path === "host" ? "--host" : path.startsWith("allowHosts") ? "--allow-host" : path,
        message: problem[language],
      }))
      throw faultyOptions(faults, language)
    }
    throw listenFailure(error, { ...options, flag }, language) ?? error
  }
}

export function faultyOptions(faults: readonly CommandFault[], language: Language): CommandError {
  return new CommandError("usage", exitCode.usage, say(language, "simulatorFaults", { count: faults.length }), {
    faults,
  })
}
