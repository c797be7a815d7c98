import { checkCardUpdate, readSendAnswer } from "@wecom-push/protocol"
import type { CardUpdateContent, CardUpdateTarget } from "@wecom-push/protocol"
import { invalidInputError } from "./invalid-input.ts"
import { callOrThrow } from "./simple-call.ts"
import type { CallOptions, SimpleCallDeps } from "./simple-call.ts"

export interface CardUpdateResult {
  /** Members whose card stayed as it was: out of sight, or never sent it. Lower case, as WeCom writes them. */
  readonly invaliduser: readonly string[]
}

export async function updateTemplateCard(
  deps: SimpleCallDeps & { readonly agentId: number },
  responseCode: string,
  update: CardUpdateContent,
  to: CardUpdateTarget,
  options: CallOptions,
): Promise<CardUpdateResult> {
  const body = { ...to, agentid: deps.agentId, response_code: responseCode, ...update }
  const errors = checkCardUpdate(body, { complete: true }).filter(({ severity }) => severity === "error")
  if (errors.length > 0) throw invalidInputError(errors, deps.language)
  const request = { path: "message/update_template_card", method: "POST", body: JSON.stringify(body) } as const
  // A response_code is good for one use: a second try after a lost answer would only be told so.
  const answer = await callOrThrow(deps, { ...request, repeatable: false }, options)
  return { invaliduser: readSendAnswer(answer).invalidUsers }
}
