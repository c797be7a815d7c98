import { MAX_DUPLICATE_CHECK_SECONDS } from "@wecom-push/protocol"
import type { Language } from "@wecom-push/protocol"
import type { SendableChatMessage, SendOptions, SendResult } from "@wecom-push/sdk"
import type { CommandFault } from "../command-error.ts"
import { configurationError, configure } from "../config/configuration.ts"
import { readSettings } from "../config/read-settings.ts"
import { connect } from "../connect.ts"
import type { Context, Outcome } from "../context.ts"
import { goesThroughGateway, unfitFlags } from "../gateway-flags.ts"
import type { SendFlags } from "../flags.ts"
import { readMobileCheck } from "../mobile-check.ts"
import { faultLine, isWeComError } from "../report-failure.ts"
import { say } from "../texts.ts"
import { confirmEverybody, unconfirmedFaults } from "./confirm-everybody.ts"
import { isPipe, readContent } from "./content.ts"
import { isLong } from "./is-long.ts"
import { writeNotSent } from "./not-sent.ts"
import { Progress } from "./progress.ts"
import { overflowNamed, OVERFLOWS } from "./overflow.ts"
import { goesToChatsAlone, readRecipients } from "./recipients.ts"
import { reportDryRun } from "./report-dry-run.ts"
import { reportSend } from "./report-send.ts"

/** Sends one message to all recipients, and prints the outcome of each. */
export async function send(flags: SendFlags, context: Context): Outcome {
  const { io, language, output } = context
  const read = await readSettings(flags, context)
  if (flags.robot !== undefined) {
    const { sendByRobot } = await import("./send-by-robot.ts")
    return sendByRobot(flags, read, context)
  }
  const isThrough = goesThroughGateway(flags, read)
  const recipients = await readRecipients(flags, context)
  const content = await readContent(flags, context, isThrough)
  const how = readHow(flags, language)
  const faults = [
    ...recipients.faults,
    ...content.faults,
    ...how.faults,
    ...unconfirmedFaults(flags, context),
    ...unfitFlags(flags, read, language, isThrough),
    ...resumeFaults(flags, content.file?.source.path, language),
    ...(isThrough ? [] : chatFaults(flags, language)),
  ]
  const { audience, chats } = recipients
  const { sendable: message } = content
  if (isThrough) {
    const { sendThroughGateway } = await import("../gateway/send/send.ts")
    return sendThroughGateway({ flags, read, audience, chats, content, how: how.options, faults }, context)
  }
  const configured = await configure(read, context)
  const { configuration } = configured
  if (faults.length > 0 || message === undefined || configuration === undefined) {
    throw configurationError(configured, faults, language)
  }
  for (const warning of content.warnings) {
    output.warn(faultLine(warning, output))
  }
  await confirmEverybody(flags, String(configuration.agentId), context)
  await using connection = connect(configuration, context)
  const { wecom } = connection
  if (chats.length > 0) {
    const { sendToChats } = await import("./send-to-chats.ts")
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- checked by the rules of chats
    const toChats = message as SendableChatMessage
    return await sendToChats({ flags, chats, content, message: toChats, how: how.options, wecom }, context)
  }
  if (isLong(audience, flags)) {
    const { sendLong } = await import("./long-send.ts")
    return await sendLong({ flags, audience, content, message, how: how.options, configuration, wecom }, context)
  }
  const progress = new Progress(context)
  const options: SendOptions = {
    ...how.options,
    signal: io.interruption(),
    onProgress: (event) => progress.update(event),
  }
  if (flags.dryRun === true) {
    const plan = await wecom.send(audience, message, { ...options, dryRun: true })
    progress.end()
    return reportDryRun(plan, content.warnings, context)
  }
  try {
    const result = await wecom.send(audience, message, options)
    progress.end()
    const { warnings } = content
    return reportSend(result, result.error, context, { warnings, notSentFile: leaveNotSent(result, flags, context) })
  } catch (error) {
    progress.end()
    if (!isWeComError(error) || error.result === undefined) throw error
    const { warnings } = content
    const notSentFile = leaveNotSent(error.result, flags, context)
    return reportSend(error.result, error, context, { warnings, notSentFile })
  }
}

/** When nothing went out, a user who keeps the list in a file has it still, and repeats the command. */
function leaveNotSent({ recipients }: SendResult, flags: SendFlags, context: Context): string | undefined {
  const isAnythingOut = recipients.some(({ state }) => state === "sent" || state === "in_doubt")
  const isListKept = flags.mobilesFrom?.includes("-") === false
  if (flags.mobilesFrom === undefined || (isListKept && !isAnythingOut)) return undefined
  return writeNotSent(recipients, context)
}

function resumeFaults({ resume }: SendFlags, contentPath: string | undefined, language: Language): CommandFault[] {
  if (resume === undefined) return []
  if (resume === "") return [{ path: "--resume", message: say(language, "resumeEmpty") }]
  if (contentPath === undefined || !isPipe(contentPath)) return []
  return [{ path: contentPath, message: say(language, "resumePipe") }]
}

/** Members and chats go by different calls: a gateway makes one message of both. */
function chatFaults(flags: SendFlags, language: Language): CommandFault[] {
  if (!goesToChatsAlone(flags)) {
    return flags.chat === undefined ? [] : [{ path: "--chat", message: say(language, "chatAndOthers") }]
  }
  const unfit = [
    ["duplicateCheck", "--duplicate-check"],
    ["resume", "--resume"],
    ["enableIdTrans", "--enable-id-trans"],
  ] as const
  return unfit.flatMap(([flag, path]) =>
    flags[flag] === undefined ? [] : [{ path, message: say(language, "notForChat") }],
  )
}

interface How {
  readonly options: Pick<SendOptions, "overflow" | "strict" | "duplicateCheckSeconds" | "fresh" | "mobileCheck">
  readonly faults: readonly CommandFault[]
}

function readHow(flags: SendFlags, language: Language): How {
  const { overflow, strict = true, duplicateCheck, fresh } = flags
  const mobileCheck = readMobileCheck(flags, language)
  const faults: CommandFault[] = [...mobileCheck.faults]
  const chosen = overflowNamed(overflow)
  if (overflow !== undefined && chosen === undefined) {
    const message = say(language, "notOneOf", { value: overflow, allowed: OVERFLOWS.join(", ") })
    faults.push({ path: "--overflow", message })
  }
  const seconds = duplicateCheck !== undefined && /^\d{1,5}$/.test(duplicateCheck) ? Number(duplicateCheck) : 0
  if (duplicateCheck !== undefined && (seconds < 1 || seconds > MAX_DUPLICATE_CHECK_SECONDS)) {
    const range = { value: duplicateCheck, least: 1, most: MAX_DUPLICATE_CHECK_SECONDS }
    faults.push({ path: "--duplicate-check", message: say(language, "notSeconds", range) })
  }
  return {
    options: {
      ...(chosen === undefined ? {} : { overflow: chosen }),
      ...(strict ? {} : { strict }),
      ...(seconds === 0 ? {} : { duplicateCheckSeconds: seconds }),
      ...(fresh === true ? { fresh } : {}),
      ...mobileCheck.option,
    },
    faults,
  }
}
