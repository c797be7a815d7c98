import { MESSAGE_TYPES, type MessageOf, type MessageType, type UpdatedTemplateCard } from "@wecom-push/protocol"
import { asMessage, type PhoneMessage } from "../phone-messages.ts"

/** One message on one phone, as `GET /_sim/messages` shows it. */
export interface ShownMessage extends Omit<PhoneMessage, "body"> {
  /** What the phone shows after cuts, id translation and card updates. */
  readonly body: ShownBody
}

/**
 * The type and, under its name, the payload: `body.text?.content`, `body.template_card?.main_title?.title`. Every field may
 * be missing, since the payload is what the program sent.
 */
export type ShownBody = { readonly msgtype: MessageType } & {
  readonly [Type in MessageType]?: AnyPartOf<
    PayloadOf<MessageOf<Type>, Type> | (Type extends "template_card" ? UpdatedTemplateCard : never)
  >
}

type PayloadOf<Message, Type> = Type extends keyof Message ? Message[Type] : never

/** A field of any form of a payload, as a card has several. */
type AnyPartOf<Payload> = {
  readonly [Name in Payload extends unknown ? keyof Payload : never]?: Payload extends {
    readonly [N in Name]?: infer Value
  }
    ? Value
    : never
}

export function shownMessage(copy: PhoneMessage): ShownMessage {
  const { msgtype, ...rest } = asMessage(copy)
  const known = MESSAGE_TYPES.find((type) => type === msgtype)
  // A phone shows no message of a type that WeCom does not have.
  if (known === undefined) throw new TypeError(`unknown msgtype ${msgtype}`)
  return { ...copy, body: { ...rest, msgtype: known } }
}
