import { Patches } from "../domain/patches.ts"
import { reasonOfPart } from "@wecom-push/protocol/delivery"
import type { CarriedTarget } from "../domain/target.ts"
import { countFinished } from "./count-finished.ts"
import type { RunContext } from "./run-context.ts"

/** WeCom refuses whatever these are in, whether together or apart. */
export async function giveUp(
  run: RunContext,
  targets: readonly CarriedTarget[],
  part: number,
  errcode: number | undefined,
): Promise<void> {
  const patches = new Patches()
  const reason = reasonOfPart("call_refused", part, run.partCount)
  const detail = { reason, ...(errcode !== undefined && { errcode }) }
  for (const { positions } of targets) {
    for (const position of positions) patches.add(position, { state: "failed", detail })
  }
  await run.patch({ patches: patches.list() })
  countFinished(run, patches.list())
  await run.desk.quota?.giveBack(targets, run.now())
}
