import type { RecipientOutcome, SendResult, WeCom, WeComError } from "@wecom-push/sdk"
import type { SendableChatMessage, SendOptions, SendPlan } from "@wecom-push/sdk"
import type { Context } from "../context.ts"
import type { ExitCode } from "../exit-code.ts"
import type { SendFlags } from "../flags.ts"
import { isWeComError } from "../report-failure.ts"
import type { ContentRead } from "./content.ts"
import { reportDryRun } from "./report-dry-run.ts"
import { reportSend } from "./report-send.ts"

interface ToChats {
  readonly flags: SendFlags
  readonly chats: readonly string[]
  readonly content: ContentRead
  readonly message: SendableChatMessage
  readonly how: Pick<SendOptions, "overflow" | "strict">
  readonly wecom: WeCom
}

/** One message into group chats, one after another; each has a result of its own. */
export async function sendToChats(
  { flags, chats, content, message, how, wecom }: ToChats,
  context: Context,
): Promise<ExitCode> {
  const { overflow, strict } = how
  const options = {
    ...(overflow === undefined ? {} : { overflow }),
    ...(strict === undefined ? {} : { strict }),
    signal: context.io.interruption(),
  }
  const { warnings } = content
  if (flags.dryRun === true) {
    const plans: SendPlan[] = []
    for (const chatid of chats) plans.push(await wecom.chats.send(chatid, message, { ...options, dryRun: true }))
    const plan = {
      recipients: plans.flatMap(({ recipients }) => recipients),
      // One file is uploaded once.
      uploads: plans[0]?.uploads ?? [],
      calls: plans.flatMap(({ calls }) => calls),
    }
    return reportDryRun(plan, warnings, context, "appchat/send")
  }
  const recipients: RecipientOutcome[] = []
  const calls: SendResult["calls"][number][] = []
  let error: WeComError | undefined
  for (const chatid of chats) {
    const result = await resultOf(wecom.chats.send(chatid, message, options))
    recipients.push(...result.recipients)
    calls.push(...result.calls)
    error ??= result.error
  }
  const ok = recipients.every(({ state }) => state === "sent")
  return reportSend({ ok, recipients, calls }, error, context, { warnings })
}

async function resultOf(work: Promise<SendResult>): Promise<SendResult> {
  try {
    return await work
  } catch (error) {
    if (!isWeComError(error) || error.result === undefined) throw error
    return { ...error.result, error }
  }
}
