import type { CardType } from "@wecom-push/protocol"
import type { XmlElement } from "@wecom-push/protocol/callback"

/**
 * An event that WeCom sends to an app, distinguished by `kind`; members have WeCom's names. `kind` is the `MsgType` of a
 * message and the `Event` of an event. An event that we do not know has the kind `unknown` and all of it in `fields`.
 * @see https://developer.work.weixin.qq.com/document/path/90239
 * @see https://developer.work.weixin.qq.com/document/path/90240
 */
export type CallbackEvent =
  | TextReceived
  | ImageReceived
  | VoiceReceived
  | VideoReceived
  | LocationReceived
  | LinkReceived
  | CardEvent
  | CardMenuEvent
  | TaskCardEvent
  | EnterAgentEvent
  | VisibilityEvent
  | LocationEvent
  | MenuEvent
  | ScanEvent
  | PictureEvent
  | LocationSelectEvent
  | BatchJobEvent
  | ContactEvent
  | ActivityEvent
  | UploadEvent
  | UnknownEvent

interface Received {
  /**
   * The same when WeCom repeats a delivery, so that a program that stores events can recognise it: `MsgId`, or a hash
   * of the whole event.
   */
  readonly id: string
  readonly MsgType: string
  /** The corp id. */
  readonly ToUserName: string
  /** The userid, always text: `007` stays `007`. `sys` when no member caused the event. */
  readonly FromUserName: string
  /** Seconds since 1970. */
  readonly CreateTime: number
  /** Absent when the event is for the whole corp, as in `change_contact`. */
  readonly AgentID: number | undefined
  /** All fields of the event as WeCom sent them: text, or elements by name. */
  readonly fields: XmlElement
}

interface MessageReceived extends Received {
  /** 64 bits, which a JavaScript number cannot hold. */
  readonly MsgId: string
}

export interface TextReceived extends MessageReceived {
  readonly kind: "text"
  readonly Content: string
}

export interface ImageReceived extends MessageReceived {
  readonly kind: "image"
  readonly PicUrl: string
  /** Valid for 3 days, as in all messages. */
  readonly MediaId: string
}

export interface VoiceReceived extends MessageReceived {
  readonly kind: "voice"
  readonly MediaId: string
  /** Such as `amr`. */
  readonly Format: string
}

export interface VideoReceived extends MessageReceived {
  readonly kind: "video"
  readonly MediaId: string
  readonly ThumbMediaId: string
}

export interface LocationReceived extends MessageReceived {
  readonly kind: "location"
  /** Latitude. */
  readonly Location_X: number
  /** Longitude. */
  readonly Location_Y: number
  readonly Scale: number
  readonly Label: string
}

export interface LinkReceived extends MessageReceived {
  readonly kind: "link"
  readonly Title: string
  readonly Description: string
  readonly Url: string
  readonly PicUrl: string
}

interface EventReceived extends Received {
  readonly MsgType: "event"
  readonly Event: string
  /** "" where the event has none. */
  readonly EventKey: string
}

interface CardPressed extends EventReceived {
  readonly TaskId: string
  readonly CardType: CardType | (string & {})
  /** With it the card can be changed once, within 72 h: see `WeCom.updateCard`. */
  readonly ResponseCode: string
}

/** A button was pressed, or a form submitted; `EventKey` is the button's `key`. */
export interface CardEvent extends CardPressed {
  readonly kind: "template_card_event"
  /** One for each question of the card. */
  readonly SelectedItems: readonly SelectedItem[]
}

export interface SelectedItem {
  readonly QuestionKey: string
  readonly OptionIds: readonly string[]
}

/** An entry of a card's `action_menu` was chosen; `EventKey` is its `key`. */
export interface CardMenuEvent extends CardPressed {
  readonly kind: "template_card_menu_event"
}

/** A button of a legacy task card was pressed. */
export interface TaskCardEvent extends EventReceived {
  readonly kind: "taskcard_click"
  readonly TaskId: string
}

/** A member opened the app's chat or home page. WeCom sends it only if the app asks for this event. */
export interface EnterAgentEvent extends EventReceived {
  readonly kind: "enter_agent"
}

/** A member came into the app's visible range, or left it. */
export interface VisibilityEvent extends EventReceived {
  readonly kind: "subscribe" | "unsubscribe"
}

/**
 * A member's position, which WeCom reports without a message of the member. `kind` is spelt in capitals, unlike that of
 * the `location` message.
 */
export interface LocationEvent extends EventReceived {
  readonly kind: "LOCATION"
  readonly Latitude: number
  readonly Longitude: number
  /** In metres. */
  readonly Precision: number
}

/** An entry of the app's own menu; `EventKey` is its key, its address or the page of a mini-program. */
export interface MenuEvent extends EventReceived {
  readonly kind: "click" | "view" | "view_miniprogram"
}

export interface ScanEvent extends EventReceived {
  readonly kind: "scancode_push" | "scancode_waitmsg"
  readonly ScanCodeInfo: { readonly ScanType: string; readonly ScanResult: string }
}

export interface PictureEvent extends EventReceived {
  readonly kind: "pic_sysphoto" | "pic_photo_or_album" | "pic_weixin"
  readonly SendPicsInfo: { readonly Count: number; readonly PicMd5Sums: readonly string[] }
}

export interface LocationSelectEvent extends EventReceived {
  readonly kind: "location_select"
  readonly SendLocationInfo: {
    readonly Location_X: number
    readonly Location_Y: number
    readonly Scale: number
    readonly Label: string
    readonly Poiname: string
  }
}

/** An import of contacts is done. */
export interface BatchJobEvent extends EventReceived {
  readonly kind: "batch_job_result"
  readonly BatchJob: {
    readonly JobId: string
    readonly JobType: string
    readonly ErrCode: number
    readonly ErrMsg: string
  }
}

/** A member, department or tag changed in the contacts. The members that changed are in `fields`, by WeCom's names. */
export interface ContactEvent extends EventReceived {
  readonly kind: "change_contact"
  readonly ChangeType:
    | "create_user"
    | "update_user"
    | "delete_user"
    | "create_party"
    | "update_party"
    | "delete_party"
    | "update_tag"
    | (string & {})
  /** The member, in changes to a member. */
  readonly UserID: string | undefined
  /** The new userid, when the userid itself changed. */
  readonly NewUserID: string | undefined
  /** The department, in changes to a department. */
  readonly Id: string | undefined
  /** The tag, in changes to a tag. */
  readonly TagId: string | undefined
}

/** WeCom warns that the app is little used, closes it, or opens it again. */
export interface ActivityEvent extends EventReceived {
  readonly kind:
    | "inactive_alert"
    | "close_inactive_agent"
    | "reopen_inactive_agent"
    | "low_active_alert"
    | "low_active"
    | "active_restored"
  /** When the change takes effect, in seconds since 1970; only in alerts. */
  readonly EffectTime: number | undefined
}

/** An `upload_by_url` has ended. */
export interface UploadEvent extends EventReceived {
  readonly kind: "upload_media_job_finish"
  readonly JobId: string
}

/** A message or an event that this version does not know. */
export interface UnknownEvent extends Received {
  readonly kind: "unknown"
  /** The event's name, as WeCom sends it; undefined for a message. */
  readonly Event: string | undefined
}
