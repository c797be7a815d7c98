import {
  MESSAGE_TYPES,
  ROBOT_MESSAGE_TYPES,
  type MessageOf,
  type MessageType,
  type RobotMessage,
  type RobotMessageType,
  type TaskCard,
  type UpdatedTemplateCard,
} from "@wecom-push/protocol"
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
export type ShownBody = { readonly msgtype: ShownType } & {
  readonly [Type in ShownType]?: AnyPartOf<
    | PayloadOf<MessageOf<Extract<Type, MessageType>>, Type>
    | PayloadOf<Extract<RobotMessage, { readonly msgtype: Type }>, Type>
    | (Type extends "template_card" ? UpdatedTemplateCard : never)
    | (Type extends "taskcard" ? ShownTaskCard : never)
  >
}

type ShownType = MessageType | RobotMessageType | "taskcard"

/** `clicked_key`: of the button that was pressed, or counts as pressed by `update_taskcard`. */
interface ShownTaskCard extends TaskCard {
  readonly clicked_key?: string
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

const SHOWN_TYPES: readonly ShownType[] = [...MESSAGE_TYPES, ...ROBOT_MESSAGE_TYPES, "taskcard"]

export function shownMessage(copy: PhoneMessage): ShownMessage {
  const { msgtype, ...rest } = asMessage(copy)
  const known = SHOWN_TYPES.find((type) => type === msgtype)
  // A phone shows no message of a type that WeCom does not have.
  if (known === undefined) throw new TypeError(`unknown msgtype ${msgtype}`)
  return { ...copy, body: { ...rest, msgtype: known } }
}
