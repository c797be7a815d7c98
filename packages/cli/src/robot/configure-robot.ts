import { fileMediaStore, httpsTransport, Robot } from "@wecom-push/sdk"
import { DEFAULT_BASE_URL, readRobotKey } from "@wecom-push/sdk/internals"
import { cacheFault, cacheFolder } from "../cache-folder.ts"
import type { CommandFault } from "../command-error.ts"
import { addressFaults, wayToWecom } from "../config/address-trust.ts"
import { carriesRequests, isProxy, readAddress } from "../config/check-settings.ts"
import type { SettingsRead } from "../config/read-settings.ts"
import { runningSimulator } from "../config/running-simulator.ts"
import { identitySettings, settings as named } from "../config/settings.ts"
import type { Found, Settings } from "../config/settings.ts"
import type { Context } from "../context.ts"
import { say } from "../texts.ts"
import { toldFault } from "../told-fault.ts"

export interface RobotConfiguration {
  readonly key: string
  readonly baseUrl: string
  readonly proxy: { readonly httpsProxy: string; readonly noProxy?: string } | undefined
  readonly isSimulator: boolean
}

/** @param given the value of `--robot`. With nothing configured at all, the simulator that runs on this machine and its robot are meant. */
export async function configureRobot(
  given: string | true | undefined,
  { settings, faults: unread, isWhole }: SettingsRead,
  { io, language }: Context,
): Promise<RobotConfiguration | { readonly faults: readonly CommandFault[] }> {
  const flag: Found | undefined =
    typeof given === "string" ? { value: given, source: "flag", name: "--robot" } : undefined
  const configured = flag ?? settings.robotKey
  const isBlank = configured === undefined && identitySettings.every((name) => settings[name] === undefined)
  const simulator = isBlank && unread.length === 0 ? await runningSimulator(io.env) : undefined
  const found: Settings = { ...settings, ...simulator, ...(configured && { robotKey: configured }) }
  const key = found.robotKey ?? (simulator && SIMULATED)
  const faults: CommandFault[] = [...unread]
  const { baseUrl, httpsProxy, noProxy } = found
  const address = readAddress(baseUrl?.value ?? DEFAULT_BASE_URL)
  if (baseUrl !== undefined && "fault" in address) {
    faults.push({ path: baseUrl.name, message: say(language, address.fault) })
  }
  const url = "url" in address ? address.url : DEFAULT_BASE_URL
  const readKey = readRobotKey(key?.value, key?.name ?? named.robotKey.environment[0], url)
  if (key === undefined && isWhole) {
    const message = say(language, "settingMissing", { meaning: say(language, "meaningRobotKey") })
    faults.push({ path: named.robotKey.environment[0], message })
  } else if (key !== undefined && "fault" in readKey) faults.push(toldFault(readKey.fault, language))
  const proxy = carriesRequests(url, noProxy?.value) ? httpsProxy : undefined
  if (proxy !== undefined && !isProxy(proxy.value))
    faults.push({ path: proxy.name, message: say(language, "badProxy") })
  faults.push(...addressFaults(found, wayToWecom, [key], language))
  if (faults.length > 0 || "fault" in readKey) return { faults }
  return {
    key: readKey.key,
    baseUrl: url,
    proxy: proxy && { httpsProxy: proxy.value, ...(noProxy && { noProxy: noProxy.value }) },
    isSimulator: simulator !== undefined,
  }
}

const SIMULATED: Found = { value: "sim-robot", source: "simulator", name: "robot_key" }

/** A client for the robot, which shares uploaded files with the next process. */
export function connectRobot(
  { key, baseUrl, proxy, isSimulator }: RobotConfiguration,
  context: Context,
): AsyncDisposable & { readonly robot: Robot } {
  const { io, language, output } = context
  if (isSimulator) output.note(say(language, "usingSimulator", { url: baseUrl }))
  const transport = httpsTransport(proxy === undefined ? {} : { proxy })
  const robot = new Robot({
    key,
    baseUrl,
    language,
    transport,
    sourceTimeoutMs: Infinity,
    ...(cacheFault(context) === undefined ? { mediaStore: fileMediaStore({ directory: cacheFolder(io.env) }) } : {}),
    ...(io.clock && { clock: io.clock }),
  })
  return {
    robot,
    [Symbol.asyncDispose]: async () => {
      await robot.close()
      await transport.close()
    },
  }
}
