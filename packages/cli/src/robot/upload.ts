import { resolve } from "node:path"
import { ROBOT_MEDIA_TYPES } from "@wecom-push/protocol"
import type { CommandFault } from "../command-error.ts"
import { configurationError } from "../config/configuration.ts"
import { readSettings } from "../config/read-settings.ts"
import type { Context, Outcome } from "../context.ts"
import { exitCode } from "../exit-code.ts"
import type { AccessFlags } from "../flags.ts"
import { say } from "../texts.ts"
import { configureRobot, connectRobot } from "./configure-robot.ts"

interface RobotUploadFlags extends AccessFlags {
  readonly robot?: string
  readonly type?: string
}

/** Uploads a file for a robot. Its media_id alone is on stdout, so that a script can take it. */
export async function uploadForRobot(file: string, flags: RobotUploadFlags, context: Context): Outcome {
  const { io, language, output } = context
  const { type: given = "file" } = flags
  const type = ROBOT_MEDIA_TYPES.find((one) => one === given)
  const faults: CommandFault[] = []
  if (type === undefined) faults.push({ path: "--type", message: say(language, "robotFileType", { value: given }) })
  const configured = await configureRobot(flags.robot, await readSettings(flags, context), context)
  if (faults.length > 0 || type === undefined || !("key" in configured)) {
    const ofRobot = "faults" in configured ? configured.faults : []
    throw configurationError({ faults: ofRobot, isBlank: false }, faults, language)
  }
  await using connection = connectRobot(configured, context)
  const source = { path: resolve(io.cwd, file) }
  const { mediaId } = await connection.robot.upload(type, source, { signal: io.interruption() })
  if (output.json) output.data(JSON.stringify({ ok: true, type, media_id: mediaId, error: null }))
  else {
    output.note(say(language, "robotUploaded"))
    output.data(mediaId)
  }
  return exitCode.ok
}
