import type { Bilingual } from "@wecom-push/protocol"
import { deliveryView, type CallbackDelivery } from "../callbacks/delivery.ts"
import { pressCard, type ClickRefusal, type ClickRefusalCode } from "../callbacks/press-card.ts"
import { raisePress } from "../callbacks/raise-press.ts"
import type { World } from "../world.ts"

/** The message, the phone and the key to press; a message of `messages()` can be used, with a key added. */
export interface Click {
  /** The userid of the member who presses, in any case. */
  readonly userid: string
  readonly msgid: string
  /** The key of a button, a submit button, or an entry of the card's menu. */
  readonly key: string
  /** The chosen option ids of each question; questions left out keep what the card shows. */
  readonly selected?: Readonly<Record<string, readonly string[]>> | undefined
}

/** The press had no effect; the text says what WeCom would show instead. */
export class ClickRefused extends Error {
  readonly code: ClickRefusalCode
  /** The same text in both languages. */
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
