import { APP_MESSAGE, CallFiller } from "@wecom-push/protocol/delivery"
import type { Target } from "./target.ts"

/** Packs all targets into the fewest calls that WeCom allows. */
export function planCalls(targets: readonly Target[]): Target[][] {
  // Most sends have one target.
  if (targets.length === 1) return [[...targets]]
  const filler = new CallFiller<Target, { readonly targets: Target[] }>(APP_MESSAGE.most, () => ({ targets: [] }))
  for (const target of targets) filler.put(filler.room(target.kind), target)
  const calls: Target[][] = []
  for (let next = filler.take(); next !== undefined; next = filler.take()) calls.push(next.targets)
  return calls
}
