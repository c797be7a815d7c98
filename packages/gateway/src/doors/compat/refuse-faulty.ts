import { describeFault } from "@wecom-push/protocol"
import type { Fault } from "@wecom-push/protocol"
import { Refusal } from "./refusal.ts"

/**
 * Refuses as WeCom does: content that it cuts or ignores is no reason to refuse.
 * @throws {Refusal} the first fault that has a code
 */
export function refuseFaulty(faults: readonly Fault[]): void {
  const refused = faults.find(({ severity, errcode }) => severity === "error" && errcode !== undefined)
  if (refused?.errcode !== undefined) throw new Refusal(refused.errcode, describeFault(refused, "en"))
}
