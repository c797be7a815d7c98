import { describeFault } from "@wecom-push/protocol"
import type { Fault } from "@wecom-push/protocol"
import { Refusal } from "./refusal.ts"

/** As WeCom does it: what it cuts or leaves aside is no reason to refuse. @throws {Refusal} the first code that it has for one */
export function refuseFaulty(faults: readonly Fault[]): void {
  const refused = faults.find(({ severity, errcode }) => severity === "error" && errcode !== undefined)
  if (refused?.errcode !== undefined) throw new Refusal(refused.errcode, describeFault(refused, "en"))
}
