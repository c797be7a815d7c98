import { RecipientUpdates } from "../domain/recipient-updates.ts"
import { reasonOf } from "../domain/settlement.ts"
import type { CallTarget } from "../domain/target.ts"
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
  const reason = reasonOf("call_refused", { part, partCount: run.partCount })
  const detail = { reason, ...(errcode !== undefined && { errcode }) }
  for (const { positions } of targets) {
    for (const position of positions) updates.add(position, { state: "failed", detail })
  }
  await run.update({ updates: updates.list() })
  countFinished(run, updates.list())
  await run.runtime.quota?.giveBack(targets, run.now())
}

/** Whole calls refused for one recipient: enough to find a hundred bad ones in a row at the head of a call of a thousand. */
export const MAX_REFUSALS_IN_VAIN = 200
