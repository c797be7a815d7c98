import { checkCardUpdate, tolerate } from "@wecom-push/protocol"
import { readSendAnswer } from "@wecom-push/protocol/delivery"
import type { CardUpdateContent, CardUpdateTarget } from "@wecom-push/protocol"
import { invalidInputError } from "./invalid-input.ts"
import { CALL_OPTIONS, refuseOptions } from "./option-faults.ts"
import { callOrThrow } from "./simple-call.ts"
import type { CallOptions, SimpleCallDeps } from "./simple-call.ts"
import { warningOf } from "./warning.ts"
import type { Warning } from "./warning.ts"

export interface CardUpdateResult {
  /**
   * Members whose card did not change: outside the visible range, or the card was never sent to them. In lower case, as
   * WeCom writes them.
   */
  readonly invaliduser: readonly string[]
  /** As those of `SendResult`. */
  readonly warnings?: readonly Warning[]
}

/** The fields of a `template_card_event` or `template_card_menu_event` that say which card was pressed, and by whom. */
export interface PressedCard {
  /** Valid for 72 h and one use. */
  readonly ResponseCode: string
  readonly FromUserName: string
}

export async function updateTemplateCard(
  deps: SimpleCallDeps & { readonly agentId: number; readonly strict: boolean },
  card: string | PressedCard,
  update: CardUpdateContent,
  to: CardUpdateTarget = whoHas(card),
  options: CallOptions = {},
): Promise<CardUpdateResult> {
  refuseOptions(options, CALL_OPTIONS, deps.language)
  const responseCode = typeof card === "string" ? card : card.ResponseCode
  const body = { ...to, agentid: deps.agentId, response_code: responseCode, ...update }
  const found = checkCardUpdate(body, { complete: true })
  const faults = deps.strict ? found : found.map(tolerate)
  const errors = faults.filter(({ severity }) => severity === "error")
  if (errors.length > 0) throw invalidInputError(errors, deps.language)
  const warnings = faults.map((fault) => warningOf(fault, deps.language))
  const request = { path: "message/update_template_card", method: "POST", body: JSON.stringify(body) } as const
  // A response_code is valid for one use: a second try after a lost answer would only be refused for that.
  const answer = await callOrThrow(deps, { ...request, repeatable: false }, options)
  const { invalidUsers: invaliduser } = readSendAnswer(answer)
  return warnings.length === 0 ? { invaliduser } : { invaliduser, warnings }
}

/**
 * With a press only the copy of the member who pressed is changed: on the others the question may still be open, as in
 * a vote.
 */
function whoHas(card: string | PressedCard): CardUpdateTarget {
  return typeof card === "string" ? { atall: 1 } : { userids: [card.FromUserName] }
}
