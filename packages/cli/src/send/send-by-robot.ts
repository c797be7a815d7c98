import type { SendableRobotMessage } from "@wecom-push/sdk"
import type { CommandFault } from "../command-error.ts"
import { configurationError } from "../config/configuration.ts"
import type { SettingsRead } from "../config/read-settings.ts"
import type { Context, Outcome } from "../context.ts"
import type { SendFlags } from "../flags.ts"
import { faultLine, isWeComError } from "../report-failure.ts"
import { configureRobot, connectRobot } from "../robot/configure-robot.ts"
import { say } from "../texts.ts"
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
  const robot = await configureRobot(flags.robot, read, context)
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
  await using connection = connectRobot(robot, context)
  const client = connection.robot
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
