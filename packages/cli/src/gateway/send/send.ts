import { mapMediaIds } from "@wecom-push/protocol"
import type { AppMessage } from "@wecom-push/protocol"
import type { Context } from "../../context.ts"
import type { ExitCode } from "../../exit-code.ts"
import { faultLine } from "../../report-failure.ts"
import { confirmEverybody } from "../../send/confirm-everybody.ts"
import { accessError, readAccess } from "../access.ts"
import { GatewayClient } from "../client.ts"
import { say } from "../texts.ts"
import { uploadFile } from "./upload-file.ts"
import { messageBody } from "./message-body.ts"
import { outcomeOf } from "./outcome.ts"
import { postMessage } from "./post-message.ts"
import { readDelivery } from "./delivery.ts"
import { reportOutcome } from "./report.ts"
import { traceHeaders } from "./trace-headers.ts"
import type { Wanted } from "./wanted.ts"

/** Hands a message to a gateway, waits for its outcome, and prints it as a direct send does. */
export async function sendThroughGateway(wanted: Wanted, context: Context): Promise<ExitCode> {
  const { flags, content } = wanted
  const { language, output } = context
  const delivery = readDelivery(flags, language)
  const read = await readAccess(wanted.read, context)
  const faults = [...wanted.faults, ...delivery.faults]
  const { access } = read
  const { message } = content
  if (faults.length > 0 || message === undefined || access === undefined) throw accessError(read, faults, context)
  for (const warning of content.warnings) output.warn(faultLine(warning, output))
  await confirmEverybody(flags, flags.app, context)
  using client = new GatewayClient(access, context)
  const body = messageBody({ ...wanted, message: await withFile(client, message, wanted, context) }, delivery.fields)
  const accepted = await postMessage(
    client,
    {
      body,
      flags: content.flag === undefined ? {} : { "/msgtype": content.flag },
      idempotencyKey: delivery.idempotencyKey,
      headers: traceHeaders(context),
    },
    context,
  )
  if (accepted.isReplay) output.warn(say(language, "replayed"))
  const outcome = await outcomeOf(client, accepted.id, delivery.waitMs, context)
  const { idempotencyKey, waitMs } = delivery
  return reportOutcome({ ...outcome, idempotencyKey, waitMs, warnings: content.warnings }, context)
}

/** In place of a path the id that the gateway has given the file. */
async function withFile(
  client: GatewayClient,
  message: AppMessage,
  { flags, content }: Wanted,
  context: Context,
): Promise<AppMessage> {
  if (content.file === undefined) return message
  const id = await uploadFile(client, content.file, flags.app, context)
  return mapMediaIds(message, () => id)
}
