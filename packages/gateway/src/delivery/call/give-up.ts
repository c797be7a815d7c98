import { RecipientUpdates } from "../../model/recipient-updates.ts"
import { reasonOfPart } from "@wecom-push/protocol/delivery"
import type { CallTarget } from "../../model/target.ts"
import { countFinished } from "./count-finished.ts"
import type { RunContext } from "./run-context.ts"

/** WeCom refuses whatever these are in, whether together or apart. */
export async function giveUp(
  run: RunContext,
  targets: readonly CallTarget[],
  part: number,
  errcode: number | undefined,
): Promise<void> {
  const updates = new RecipientUpdates()
  const reason = reasonOfPart("call_refused", part, run.partCount)
  const detail = { reason, ...(errcode !== undefined && { errcode }) }
  for (const { positions } of targets) {
    for (const position of positions) updates.add(position, { state: "failed", detail })
  }
  await run.update({ updates: updates.list() })
  countFinished(run, updates.list())
}
