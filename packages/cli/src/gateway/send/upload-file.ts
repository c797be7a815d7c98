import { examineMedia, multipartOf } from "@wecom-push/sdk/internals"
import type { MediaFile } from "@wecom-push/sdk/internals"
import { CommandError } from "../../command-error.ts"
import type { Context } from "../../context.ts"
import { exitCode } from "../../exit-code.ts"
import type { ContentFile } from "../../send/content.ts"
import { Progress } from "../../send/progress.ts"
import { toldFault } from "../../told-fault.ts"
import type { GatewayClient } from "../client.ts"
import { GatewayError } from "../gateway-error.ts"
import { pause } from "../pause.ts"
import { say } from "../texts.ts"
import { retryDelayMs } from "./retry-delay.ts"

/**
 * Hands a file to the gateway, again after an answer that was lost: the same file is the same there.
 * @param app whose messages may name it; all of the key's unless given
 * @returns the id by which messages name it
 * @throws {GatewayError} nothing was sent
 */
export async function uploadFile(
  client: GatewayClient,
  { type, source, flag }: ContentFile,
  app: string | undefined,
  context: Context,
): Promise<string> {
  const { io, language } = context
  const signal = io.interruption()
  // A pipe could not be examined before.
  const examined = await examineMedia(type, source, flag, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error
    throw new GatewayError("aborted", exitCode.interrupted, say(language, "interrupted"), { mayHaveArrived: false })
  })
  if ("faults" in examined) {
    const faults = examined.faults.map((fault) => toldFault(fault, language))
    throw new CommandError("invalid_input", exitCode.usage, say(language, "fileRefused"), { faults })
  }
  const { file } = examined
  try {
    return await upload(client, file, { type, ...(app === undefined ? {} : { app }) }, context)
  } finally {
    await file.release()
  }
}

async function upload(
  client: GatewayClient,
  file: MediaFile,
  fields: Readonly<Record<string, string>>,
  context: Context,
): Promise<string> {
  const progress = new Progress(context)
  for (let attempt = 0; ; attempt++) {
    try {
      // The type first, so that the gateway knows how much it may be.
      const form = multipartOf(file, { part: "file", fields })
      const total = file.blob.size
      const onSent = (done: number): void => progress.update({ stage: "upload", done: Math.min(done, total), total })
      return await client.ask({ method: "POST", path: "/v1/media", form: form.body, onSent }, (answer) =>
        answer.text("id"),
      )
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
      const delayMs = retryDelayMs(error, attempt)
      if (delayMs === undefined) throw error
      progress.end()
      context.output.note(say(context.language, "tryingAgain", { what: error.message, seconds: delayMs / 1000 }))
      await pause(delayMs, context)
    } finally {
      progress.end()
    }
  }
}
