import { createHash } from "node:crypto"
import { BOT_TAKEN, SMART_ROBOT } from "@wecom-push/protocol/delivery"
import type { AttemptEnd, AttemptFailure } from "@wecom-push/protocol/delivery"
import { TransportFault } from "@wecom-push/sdk"
import { uploadInChunks } from "@wecom-push/sdk/internals"
import type { FrameAnswer } from "@wecom-push/sdk/internals"
import { unpackPress } from "../../model/bot.ts"
import type { Channel } from "../channel.ts"
import { LineClosed } from "./robot-line.ts"
import type { LineTrouble, RobotLine } from "./robot-line.ts"

/** A channel that also uploads files and changes cards. */
export type SmartRobotChannel = Channel & Required<Pick<Channel, "upload" | "changeCard">>

/**
 * Sends messages of a smart robot into conversations, over its one connection. WeCom has no duplicate check here: a call
 * that may have arrived stays in doubt.
 * @param now milliseconds since 1970, by the steady clock
 * @see https://developer.work.weixin.qq.com/document/path/101463
 */
export function smartRobotChannel(line: Pick<RobotLine, "request">, now: () => number): SmartRobotChannel {
  return {
    kind: SMART_ROBOT,
    isOfOneGateway: true,
    async send({ body, deadline }) {
      const withinMs = deadline - now()
      if (withinMs <= 0) return failed({ code: "deadline", errmsg: "time ran out before anything was sent" })
      const signal = AbortSignal.timeout(Math.min(withinMs, LONGEST_MS))
      return endOf(() => line.request(SMART_ROBOT.api, body, { signal }))
    },
    async upload({ type, filename, blob, signal }) {
      const sha256 = createHash("sha256")
      for await (const piece of blob.stream()) sha256.update(piece)
      const end = await endOf(() => uploadInChunks(line, type, { blob, filename }, signal))
      // WeCom has checked another sum of the same bytes.
      const isWhole = end.kind === "answer" && end.answer.errcode === 0
      return { end, sha256: isWhole ? sha256.digest("hex") : undefined }
    },
    changeCard(given) {
      const { body, reqId } = cardUpdateOf(given)
      const signal = AbortSignal.timeout(LONGEST_MS)
      return endOf(() => line.request(CARD_UPDATE, body, { reqId, signal }))
    },
  }
}

export const CARD_UPDATE = "aibot_respond_update_msg"

/** From the body by which an app's card is changed: the code is that of a press. */
function cardUpdateOf(given: string): { readonly body: string; readonly reqId: string } {
  const { response_code, userids, template_card }: Readonly<Record<string, unknown>> = JSON.parse(given)
  const { reqId = "", taskId } = unpackPress(response_code) ?? {}
  const card = { ...Object(template_card), task_id: taskId }
  return { body: JSON.stringify({ response_type: "update_template_card", userids, template_card: card }), reqId }
}

/** Longer than an answer is waited for. */
const LONGEST_MS = 60_000

async function endOf(ask: () => Promise<FrameAnswer>): Promise<AttemptEnd> {
  try {
    const { errcode, errmsg, body } = await ask()
    return { kind: "answer", answer: { ...body, errcode, errmsg } }
  } catch (error) {
    if (error instanceof LineClosed) return ofTrouble(error.trouble)
    if (error instanceof TransportFault) return ofFault(error)
    throw error
  }
}

function ofTrouble(trouble: LineTrouble): AttemptEnd {
  if (trouble.kind === "unreachable") {
    // It may be unknown whether the sign-in arrived, but the frame has not left.
    const { message: errmsg, kind } = trouble.fault
    return failed({ code: "unreachable", errmsg, kind })
  }
  if (trouble.kind === "taken") {
    return failed({ code: "unreachable", class: "configuration", errmsg: BOT_TAKEN, kind: "bot_taken" })
  }
  const { errcode, errmsg } = trouble
  return failed({ code: "refused", class: "configuration", errcode, errmsg })
}

function ofFault({ mayHaveArrived, message: errmsg, kind }: TransportFault): AttemptEnd {
  return failed({ code: mayHaveArrived ? "in_doubt" : "unreachable", errmsg, kind })
}

function failed(failure: Partial<AttemptFailure> & Pick<AttemptFailure, "code" | "errmsg">): AttemptEnd {
  return { kind: "failure", failure: { class: undefined, errcode: undefined, kind: undefined, ...failure } }
}
