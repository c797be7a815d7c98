import type { Bilingual } from "@wecom-push/protocol"
import { deliveryView, type CallbackDelivery } from "../callbacks/delivery.ts"
import { pressCard, type ClickRefusal, type ClickRefusalCode } from "../callbacks/press-card.ts"
import { raisePress } from "../callbacks/raise-press.ts"
import type { World } from "../world.ts"

/** What is pressed on which phone: a message of `messages()` with a key fits. */
export interface Click {
  /** Of the member who presses, in any case. */
  readonly userid: string
  readonly msgid: string
  /** Of a button, a submit button, or an entry of the card's menu. */
  readonly key: string
  /** Option ids by question; those left out are as the card shows them. */
  readonly selected?: Readonly<Record<string, readonly string[]>> | undefined
}

/** Nothing happened; the text says what WeCom would show instead. */
export class ClickRefused extends Error {
  readonly code: ClickRefusalCode
  /** The same in both languages. */
  readonly problem: Bilingual

  constructor({ code, told }: ClickRefusal) {
    super(told.en)
    this.name = "ClickRefused"
    this.code = code
    this.problem = told
  }
}

export async function click(world: World, { userid, msgid, key, selected = {} }: Click): Promise<CallbackDelivery> {
  const verdict = pressCard(world, userid, { msgid, key, selected })
  if (verdict.kind === "refused") throw new ClickRefused(verdict.refusal)
  return deliveryView(await raisePress(world, verdict))
}
