import type { Audience, ManyOptions, RecipientOutcome, SendableMessage, SendResult, WeCom } from "@wecom-push/sdk"
import { CommandError } from "../command-error.ts"
import type { Configuration } from "../config/check-settings.ts"
import type { Context } from "../context.ts"
import { exitCode } from "../exit-code.ts"
import type { ExitCode } from "../exit-code.ts"
import type { SendFlags } from "../flags.ts"
import { isWeComError } from "../report-failure.ts"
import { say } from "../texts.ts"
import { contentHash } from "./content-hash.ts"
import type { ContentRead } from "./content.ts"
import { countOf, MANY_RECIPIENTS } from "./is-long.ts"
import type { Journal } from "./journal.ts"
import { writeNotSent } from "./not-sent.ts"
import { Progress } from "./progress.ts"
import { reportDryRun } from "./report-dry-run.ts"
import { reportSend } from "./report-send.ts"

export interface LongSend {
  readonly flags: SendFlags
  readonly audience: Audience
  readonly content: ContentRead
  readonly message: SendableMessage
  readonly how: Pick<ManyOptions, "overflow" | "strict" | "duplicateCheckSeconds" | "fresh" | "mobileCheck">
  readonly configuration: Configuration
  readonly wecom: WeCom
}

/** Sends to a list as people are found, within WeCom's limits, and leaves behind what it takes to continue later. */
export async function sendLong(wanted: LongSend, context: Context): Promise<ExitCode> {
  const { flags, audience, wecom } = wanted
  using journal = flags.resume === undefined ? undefined : await openFor(flags.resume, wanted, context)
  tellBetterWay(wanted, context)
  const progress = new Progress(context)
  const options = {
    ...wanted.how,
    ...(journal === undefined ? {} : { journal }),
    signal: context.io.interruption(),
    onProgress: (advance) => progress.update(advance),
    onWait: (wait) => progress.wait(wait),
  } satisfies ManyOptions
  const message = journal === undefined ? wanted.message : ofRun(wanted.message, journal.run)
  if (flags.dryRun === true) {
    try {
      const plan = await wecom.sendToMany(audience, message, { ...options, dryRun: true })
      return reportDryRun(plan, wanted.content.warnings, context)
    } finally {
      progress.end()
    }
  }
  const { result, error } = await resultOf(wecom.sendToMany(audience, message, options)).finally(() => progress.end())
  return report(wanted, result, failureOf(journal, wanted, context) ?? error, journal, context)
}

async function openFor(
  file: string,
  { flags, content, how, configuration }: LongSend,
  context: Context,
): Promise<Journal> {
  const { message } = content
  if (message === undefined) throw new TypeError("there is nothing to send")
  const { corpId, agentId } = configuration
  const head = { corpId, agentId, content: await contentHash(message, content.file, how.overflow) }
  // SQLite, which takes its lock, is not for every send to load.
  const { openJournal } = await import("./open-journal.ts")
  return openJournal({ file, head, isDryRun: flags.dryRun === true }, context)
}

/** Once, before anything else is said. */
function tellBetterWay({ flags, audience }: LongSend, { language, output }: Context): void {
  const total = countOf(audience)
  if (total <= MANY_RECIPIENTS || flags.dryRun === true) return
  const file = flags.mobilesFrom?.find((name) => name !== "-")
  const again = flags.mobilesFrom === undefined ? "…" : `--mobiles-from ${file ?? "FILE"}`
  for (const line of say(language, "gatewayIsBetter", { total, again }).split("\n")) output.note(line)
  if (flags.resume === undefined) output.note(say(language, "resumeIsSafer"))
}

/** WeCom takes each `task_id` once, and those of earlier runs are used. */
function ofRun(message: SendableMessage, run: number): SendableMessage {
  if (run === 1 || message.msgtype !== "template_card" || !message.template_card.task_id) return message
  const { template_card: card } = message
  return { ...message, template_card: { ...card, task_id: `${card.task_id}@run${run}` } }
}

interface Ended {
  readonly result: SendResult
  readonly error: SendResult["error"]
}

async function resultOf(sending: Promise<SendResult>): Promise<Ended> {
  try {
    const result = await sending
    return { result, error: result.error }
  } catch (error) {
    if (!isWeComError(error) || error.result === undefined) throw error
    return { result: error.result, error }
  }
}

/** The journal could not be written any more, which ended the run. */
function failureOf(journal: Journal | undefined, { flags }: LongSend, { language }: Context): CommandError | undefined {
  if (journal?.failure === undefined) return undefined
  const message = say(language, "journalFailed", { file: flags.resume ?? "", what: journal.failure })
  return new CommandError("journal_failed", exitCode.notSent, message, { hint: say(language, "journalFailedHint") })
}

function report(
  { flags, content: { warnings } }: LongSend,
  result: SendResult,
  error: CommandError | SendResult["error"],
  journal: Journal | undefined,
  context: Context,
): ExitCode {
  const { language, output } = context
  const { recipients } = result
  const isEarlier = ({ type, address, userid }: RecipientOutcome): boolean =>
    (userid === undefined ? journal?.outcome(type, address) : journal?.outcome("user", userid)) !== undefined
  const earlier = recipients.filter(isEarlier)
  if (flags.resume !== undefined && earlier.length > 0) {
    const inDoubt = countState(earlier, "in_doubt")
    output.note(say(language, "resumed", { file: flags.resume, sent: countState(earlier, "sent"), inDoubt }))
  }
  const notSent = writeNotSent(recipients, context)
  const calls = [...(journal?.earlierCalls ?? []), ...result.calls]
  const code = reportSend({ ...result, calls }, error, context, { warnings, notSentFile: notSent, isEarlier })
  if (notSent !== undefined && flags.resume !== undefined) {
    output.complain(say(language, "notSentResume", { file: flags.resume }))
  }
  return code
}

function countState(recipients: readonly RecipientOutcome[], wanted: RecipientOutcome["state"]): number {
  return recipients.reduce((count, { state }) => count + (state === wanted ? 1 : 0), 0)
}
