import { httpsTransport, Robot, fileMediaStore } from "@wecom-push/sdk"
import type { SendableRobotMessage } from "@wecom-push/sdk"
import { DEFAULT_BASE_URL, readRobotKey } from "@wecom-push/sdk/internals"
import { cacheFault, cacheFolder } from "../cache-folder.ts"
import type { CommandFault } from "../command-error.ts"
import { addressFaults, wayToWecom } from "../config/address-trust.ts"
import { carriesRequests, isProxy, readAddress } from "../config/check-settings.ts"
import { configurationError } from "../config/configuration.ts"
import { runningSimulator } from "../config/running-simulator.ts"
import { identitySettings, settings as named } from "../config/settings.ts"
import type { Found, Settings } from "../config/settings.ts"
import type { SettingsRead } from "../config/read-settings.ts"
import type { Context, Outcome } from "../context.ts"
import type { SendFlags } from "../flags.ts"
import { faultLine, isWeComError } from "../report-failure.ts"
import { say } from "../texts.ts"
import { toldFault } from "../told-fault.ts"
import { readContent } from "./content.ts"
import { overflowNamed, OVERFLOWS } from "./overflow.ts"
import { reportDryRun } from "./report-dry-run.ts"
import { reportSend } from "./report-send.ts"

/** Flags that say nothing of a group robot's message. */
const FLAGS_OF_APPS = [
  ["mobile", "--mobile"],
  ["email", "--email"],
  ["user", "--user"],
  ["department", "--department"],
  ["tag", "--tag"],
  ["chat", "--chat"],
  ["mobilesFrom", "--mobiles-from"],
  ["all", "--all"],
  ["duplicateCheck", "--duplicate-check"],
  ["resume", "--resume"],
  ["gateway", "--gateway"],
  ["app", "--app"],
] as const satisfies readonly (readonly [keyof SendFlags, string])[]

/** Sends one message into the group of a robot: the key is all that is needed. */
export async function sendByRobot(flags: SendFlags, read: SettingsRead, context: Context): Outcome {
  const { io, language, output } = context
  const content = await readContent(flags, context)
  const robot = await configureRobot(flags, read, context)
  const overflow = overflowNamed(flags.overflow)
  const faults: CommandFault[] = FLAGS_OF_APPS.flatMap(([flag, path]) =>
    flags[flag] === undefined ? [] : [{ path, message: say(language, "notForRobot") }],
  )
  if (flags.overflow !== undefined && overflow === undefined) {
    const message = say(language, "notOneOf", { value: flags.overflow, allowed: OVERFLOWS.join(", ") })
    faults.push({ path: "--overflow", message })
  }
  faults.push(...content.faults)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- checked by the rules of robots
  const message = content.sendable as unknown as SendableRobotMessage | undefined
  if (faults.length > 0 || message === undefined || !("key" in robot)) {
    const ofRobot = "faults" in robot ? robot.faults : []
    throw configurationError({ faults: ofRobot, isBlank: false }, faults, language)
  }
  for (const warning of content.warnings) output.warn(faultLine(warning, output))
  const { key, baseUrl, proxy } = robot
  if (robot.isSimulator) output.note(say(language, "usingSimulator", { url: baseUrl }))
  const transport = httpsTransport(proxy === undefined ? {} : { proxy })
  await using _ = { [Symbol.asyncDispose]: () => transport.close() }
  await using client = new Robot({
    key,
    baseUrl,
    language,
    transport,
    sourceTimeoutMs: Infinity,
    ...(cacheFault(context) === undefined ? { mediaStore: fileMediaStore({ directory: cacheFolder(io.env) }) } : {}),
    ...(io.clock && { clock: io.clock }),
  })
  const how = {
    ...(overflow === undefined ? {} : { overflow }),
    ...(flags.strict === false ? { strict: false } : {}),
    signal: io.interruption(),
  }
  const { warnings } = content
  if (flags.dryRun === true) {
    const plan = await client.send(message, { ...how, dryRun: true })
    return reportDryRun(plan, warnings, context, "webhook/send")
  }
  try {
    const result = await client.send(message, how)
    return reportSend(result, result.error, context, { warnings })
  } catch (error) {
    if (!isWeComError(error) || error.result === undefined) throw error
    return reportSend(error.result, error, context, { warnings })
  }
}

interface RobotConfiguration {
  readonly key: string
  readonly baseUrl: string
  readonly proxy: { readonly httpsProxy: string; readonly noProxy?: string } | undefined
  readonly isSimulator: boolean
}

/** With nothing configured at all, the simulator that runs on this machine and its robot are meant. */
async function configureRobot(
  { robot: given }: SendFlags,
  { settings, faults: unread }: SettingsRead,
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
  if (key === undefined) {
    const message = say(language, "settingMissing", { meaning: say(language, "meaningRobotKey") })
    faults.push({ path: named.robotKey.environment[0], message })
  } else if ("fault" in readKey) faults.push(toldFault(readKey.fault, language))
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
