import { checkTaskCardUpdate } from "@wecom-push/protocol"
import { taskIdOfCall } from "@wecom-push/protocol/delivery"
import type { CompatAnswer } from "./answer.ts"
import { requireScope } from "./callers.ts"
import type { Caller } from "./callers.ts"
import type { CompatRequest } from "./compat-request.ts"
import type { CompatDeps } from "./deps.ts"
import { pauseAnswer } from "./pauses.ts"
import { refuseFaulty } from "./refuse-faulty.ts"
import { appOfCard, notUpdated, success, withNumbers } from "./update-card.ts"

/**
 * Shows on the task cards (任务卡片) of some members which button was pressed.
 * @throws {Refusal} WeCom's codes
 * @see https://developer.work.weixin.qq.com/document/path/91579
 */
export async function updateTaskCard(
  { dispatcher }: CompatDeps,
  caller: Caller,
  request: CompatRequest,
): Promise<CompatAnswer> {
  requireScope(caller, ["send"])
  const app = appOfCard(caller, request)
  if (app.pause !== undefined) return pauseAnswer(app.pause)
  const body = withNumbers(request)
  refuseFaulty(checkTaskCardUpdate(body))
  const taskId = request.text("task_id")
  let left: readonly unknown[] = Array.isArray(body["userids"]) ? body["userids"] : []
  let isAnyUpdated = false
  let refusal: CompatAnswer | undefined
  // A card that took several calls has a task of its own in each call, and a call that WeCom refused leaves a gap.
  for (let number = 1, unknown = 0; left.length > 0 && unknown < MOST_UNKNOWN && number <= MOST_CALLS; number++) {
    const asked = JSON.stringify({ ...body, task_id: taskIdOfCall(taskId, number), userids: left })
    const reply = await dispatcher.updateTaskCard(app.name, asked)
    unknown = reply.kind === "refused" && reply.errcode === UNKNOWN_TASK ? unknown + 1 : 0
    if (reply.kind === "updated") {
      isAnyUpdated = true
      left = reply.invalidUsers
      continue
    }
    const answer = notUpdated(reply)
    refusal ??= answer
    if (answer.errcode !== UNKNOWN_TASK && answer.errcode !== NONE_OF_THEM_HAS_IT) {
      refusal = answer
      break
    }
  }
  return isAnyUpdated || refusal === undefined ? success(left.map(String)) : refusal
}

const UNKNOWN_TASK = 42016
const NONE_OF_THEM_HAS_IT = 82102
const MOST_UNKNOWN = 3
/** More calls than a message has whose members got it little by little. */
const MOST_CALLS = 20
