import { createHash } from "node:crypto"
import { xmlElements, xmlText, xmlTexts } from "@wecom-push/protocol/callback"
import type { XmlElement } from "@wecom-push/protocol/callback"
import type { CallbackEvent, SelectedItem } from "./event.ts"

/**
 * Reads the event in a delivery's inner XML.
 * @param message the XML as text, which identifies a repetition when WeCom gives no MsgId
 */
export function readEvent(fields: XmlElement, message: string): CallbackEvent {
  const msgType = xmlText(fields, "MsgType")
  const received = {
    id: xmlText(fields, "MsgId") || createHash("sha256").update(message).digest("base64url"),
    ToUserName: xmlText(fields, "ToUserName"),
    FromUserName: xmlText(fields, "FromUserName"),
    CreateTime: Number(xmlText(fields, "CreateTime")),
    AgentID: optionalNumber(fields, "AgentID") ?? optionalNumber(fields, "AgentId"),
    fields,
  }
  if (msgType !== "event") {
    const content = readContent(msgType, fields)
    if (content === undefined) return { ...received, kind: "unknown", MsgType: msgType, Event: undefined }
    return { ...received, MsgType: msgType, MsgId: xmlText(fields, "MsgId"), ...content }
  }
  const event = xmlText(fields, "Event")
  const details = readDetails(event, fields)
  if (details === undefined) return { ...received, kind: "unknown", MsgType: "event", Event: event }
  return { ...received, MsgType: "event", Event: event, EventKey: xmlText(fields, "EventKey"), ...details }
}

type Common = "id" | "MsgType" | "ToUserName" | "FromUserName" | "CreateTime" | "AgentID" | "fields"
type Own<E, Others extends string> = E extends unknown ? Omit<E, Common | Others> : never
type Content = Own<Extract<CallbackEvent, { readonly MsgId: string }>, "MsgId">
type Details = Own<Extract<CallbackEvent, { readonly EventKey: string }>, "Event" | "EventKey">

function readContent(kind: string, xml: XmlElement): Content | undefined {
  switch (kind) {
    case "text":
      return { kind, Content: xmlText(xml, "Content") }
    case "image":
      return { kind, PicUrl: xmlText(xml, "PicUrl"), MediaId: xmlText(xml, "MediaId") }
    case "voice":
      return { kind, MediaId: xmlText(xml, "MediaId"), Format: xmlText(xml, "Format") }
    case "video":
      return { kind, MediaId: xmlText(xml, "MediaId"), ThumbMediaId: xmlText(xml, "ThumbMediaId") }
    case "location":
      return { kind, ...readPlace(xml) }
    case "link":
      return {
        kind,
        Title: xmlText(xml, "Title"),
        Description: xmlText(xml, "Description"),
        Url: xmlText(xml, "Url"),
        PicUrl: xmlText(xml, "PicUrl"),
      }
    default:
      return undefined
  }
}

function readDetails(kind: string, xml: XmlElement): Details | undefined {
  switch (kind) {
    case "template_card_event":
      return { kind, ...readCard(xml), SelectedItems: readSelected(xml) }
    case "template_card_menu_event":
      return { kind, ...readCard(xml) }
    case "taskcard_click":
      return { kind, TaskId: xmlText(xml, "TaskId") }
    case "enter_agent":
    case "subscribe":
    case "unsubscribe":
    case "click":
    case "view":
    case "view_miniprogram":
      return { kind }
    case "LOCATION":
      return {
        kind,
        Latitude: number(xml, "Latitude"),
        Longitude: number(xml, "Longitude"),
        Precision: number(xml, "Precision"),
      }
    case "scancode_push":
    case "scancode_waitmsg":
      return { kind, ScanCodeInfo: readScan(inside(xml, "ScanCodeInfo")) }
    case "pic_sysphoto":
    case "pic_photo_or_album":
    case "pic_weixin":
      return { kind, SendPicsInfo: readPictures(inside(xml, "SendPicsInfo")) }
    case "location_select": {
      const info = inside(xml, "SendLocationInfo")
      return { kind, SendLocationInfo: { ...readPlace(info), Poiname: xmlText(info, "Poiname") } }
    }
    case "batch_job_result":
      return { kind, BatchJob: readJob(inside(xml, "BatchJob")) }
    case "change_contact":
      return {
        kind,
        ChangeType: xmlText(xml, "ChangeType"),
        UserID: optionalText(xml, "UserID"),
        NewUserID: optionalText(xml, "NewUserID"),
        Id: optionalText(xml, "Id"),
        TagId: optionalText(xml, "TagId"),
      }
    case "inactive_alert":
    case "close_inactive_agent":
    case "reopen_inactive_agent":
    case "low_active_alert":
    case "low_active":
    case "active_restored":
      return { kind, EffectTime: optionalNumber(xml, "EffectTime") }
    case "upload_media_job_finish":
      return { kind, JobId: xmlText(xml, "JobId") }
    default:
      return undefined
  }
}

function readCard(xml: XmlElement): { TaskId: string; CardType: string; ResponseCode: string } {
  return {
    TaskId: xmlText(xml, "TaskId"),
    CardType: xmlText(xml, "CardType"),
    ResponseCode: xmlText(xml, "ResponseCode"),
  }
}

function readSelected(xml: XmlElement): SelectedItem[] {
  return xmlElements(inside(xml, "SelectedItems"), "SelectedItem").map((item) => ({
    QuestionKey: xmlText(item, "QuestionKey"),
    OptionIds: xmlTexts(inside(item, "OptionIds"), "OptionId"),
  }))
}

function readPlace(xml: XmlElement): { Location_X: number; Location_Y: number; Scale: number; Label: string } {
  return {
    Location_X: number(xml, "Location_X"),
    Location_Y: number(xml, "Location_Y"),
    Scale: number(xml, "Scale"),
    Label: xmlText(xml, "Label"),
  }
}

function readScan(xml: XmlElement): { ScanType: string; ScanResult: string } {
  return { ScanType: xmlText(xml, "ScanType"), ScanResult: xmlText(xml, "ScanResult") }
}

function readPictures(xml: XmlElement): { Count: number; PicMd5Sums: string[] } {
  const items = xmlElements(inside(xml, "PicList"), "item")
  return { Count: number(xml, "Count"), PicMd5Sums: items.map((item) => xmlText(item, "PicMd5Sum")) }
}

function readJob(xml: XmlElement): { JobId: string; JobType: string; ErrCode: number; ErrMsg: string } {
  return {
    JobId: xmlText(xml, "JobId"),
    JobType: xmlText(xml, "JobType"),
    ErrCode: number(xml, "ErrCode"),
    ErrMsg: xmlText(xml, "ErrMsg"),
  }
}

const inside = (xml: XmlElement, name: string): XmlElement => xmlElements(xml, name)[0] ?? {}

const number = (xml: XmlElement, name: string): number => Number(xmlText(xml, name))

const optionalText = (xml: XmlElement, name: string): string | undefined => xmlText(xml, name) || undefined

function optionalNumber(xml: XmlElement, name: string): number | undefined {
  const text = xmlText(xml, name)
  return text === "" ? undefined : Number(text)
}
