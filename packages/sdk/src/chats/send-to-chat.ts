import { checkChatMessage } from "@wecom-push/protocol"
import type { ChatMessage, Fault } from "@wecom-push/protocol"
import { APP_CHAT } from "@wecom-push/protocol/delivery"
import { invalidInputError } from "../invalid-input.ts"
import { refusedError, waitEndedError } from "../make-error.ts"
import type { WithFiles } from "../media/media-source.ts"
import { namesFaults } from "../option-faults.ts"
import type { OptionNames } from "../option-faults.ts"
import { checkContent, fitMessage } from "../send/overflow.ts"
import { deadlineOf, openWithin } from "../send/send.ts"
import type { SendDeps, SendOptions, SendPlan } from "../send/send.ts"
import { sendToOne } from "../send/send-to-one.ts"
import { newTarget } from "../send/target.ts"
import { UploadedFiles } from "../send/uploaded-files.ts"
import type { MediaIds } from "../send/uploaded-files.ts"
import { warningOf } from "../warning.ts"
import type { SendResult } from "../wecom-error.ts"

/** A message as `chats.send` takes it: a file may be given in place of a `media_id`. */
export type SendableChatMessage = WithFiles<ChatMessage>

/** The options of `send`, without those that concern people. */
export type ChatSendOptions = Pick<SendOptions, "overflow" | "strict" | "signal" | "totalTimeoutMs">

const SEND_API = "appchat/send"

const SEND_OPTIONS: OptionNames<ChatSendOptions & { readonly dryRun?: boolean }> = {
  overflow: true,
  strict: true,
  signal: true,
  totalTimeoutMs: true,
  dryRun: true,
}

export async function sendToChat(
  deps: SendDeps,
  chatid: string,
  message: SendableChatMessage,
  options: ChatSendOptions & { readonly dryRun?: boolean },
): Promise<SendResult | SendPlan> {
  const { language, strict } = deps
  const deadline = deadlineOf(deps, options)
  const { overflow, signal } = options
  const opened = await openWithin(deps, message, options, deadline)
  try {
    const found = [
      ...chatidFaults(chatid),
      ...opened.faults,
      ...checkContent(opened.message, { strict: options.strict ?? strict, overflow }, checkChatMessage),
      ...namesFaults(options, SEND_OPTIONS),
    ]
    const errors = found.filter(({ severity }) => severity === "error")
    if (errors.length > 0) throw invalidInputError(errors, language)
    if (opened.unread !== undefined) throw waitEndedError(opened.unread, { api: "media/upload", language })
    const warnings = found.map((fault) => warningOf(fault, language))
    const row = { type: "chat", address: chatid } as const
    const bodiesOf = (complete: typeof opened.message): readonly string[] =>
      fitMessage(complete, overflow, checkChatMessage).map((part) => bodyOf(chatid, part))

    if (options.dryRun === true) {
      return {
        recipients: [{ ...row, state: "planned" }],
        uploads: opened.files.map(({ type, file }) => ({ type, filename: file.filename, sizeBytes: file.blob.size })),
        calls: bodiesOf(opened.message).map((body) => ({ body })),
        ...(warnings.length === 0 ? {} : { warnings }),
      }
    }
    return await sendToOne(row, warnings, async (calls) => {
      const limits = { deadline, signal, onProgress: undefined }
      const media =
        opened.files.length === 0 ? undefined : await UploadedFiles.provide(deps.uploader, message, opened, limits)
      for (const body of bodiesOf(media?.message ?? opened.message)) {
        await sendOne(deps, body, media, { signal, deadline })
        calls.push({ errcode: 0 })
      }
    })
  } finally {
    await opened.release()
  }
}

function chatidFaults(chatid: unknown): Fault[] {
  if (typeof chatid === "string" && chatid !== "") return []
  return [{ path: "chatid", rule: "required", severity: "error", errcode: 86201 }]
}

function bodyOf(chatid: string, message: object): string {
  const part = JSON.stringify(message)
  return APP_CHAT.bodyOf([newTarget("chat", chatid)], { part, agentId: 0, number: 1 }, null)
}

/** An id that WeCom no longer takes is replaced once. @throws {WeComError} */
async function sendOne(
  { api, language, callTimeoutMs }: SendDeps,
  body: string,
  media: MediaIds | undefined,
  { signal, deadline }: { readonly signal: AbortSignal | undefined; readonly deadline: number },
): Promise<void> {
  const call = async (text: string) =>
    api.call({
      path: SEND_API,
      method: "POST",
      body: text,
      repeatable: false,
      signal,
      deadline: Math.min(deadline, api.clock.now() + callTimeoutMs),
    })
  let answer = await call(body)
  if (APP_CHAT.meaningOf(answer.errcode, false) === "media_gone") {
    const renewed = await media?.renewed(body)
    if (renewed !== undefined) answer = await call(renewed)
  }
  if (answer.errcode !== 0) throw refusedError(answer, { api: SEND_API, language })
}
