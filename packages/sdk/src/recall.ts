import { invalidInputError } from "./invalid-input.ts"
import { CALL_OPTIONS, refuseOptions } from "./option-faults.ts"
import { callOrThrow } from "./simple-call.ts"
import type { CallOptions, SimpleCallDeps } from "./simple-call.ts"

export async function recallMessage(deps: SimpleCallDeps, msgid: string, options: CallOptions): Promise<void> {
  refuseOptions(options, CALL_OPTIONS, deps.language)
  if (typeof msgid !== "string" || msgid === "") {
    throw invalidInputError([{ path: "msgid", rule: "required", severity: "error" }], deps.language)
  }
  const request = { path: "message/recall", method: "POST", body: JSON.stringify({ msgid }) } as const
  // WeCom recalls a message only once, so trying again does no harm.
  await callOrThrow(deps, { ...request, repeatable: true }, options)
}
