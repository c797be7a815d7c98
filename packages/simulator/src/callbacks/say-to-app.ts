import { randomFillSync } from "node:crypto"
import type { XmlContent } from "@wecom-push/protocol/callback"
import type { BadField } from "../control/bad-field.ts"
import { Fields } from "../control/fields.ts"
import { isJsonObject, type JsonObject } from "../json.ts"
import type { App, Member } from "../org/types.ts"
import type { World } from "../world.ts"
import type { ToldToApp } from "./callbacks.ts"

/**
 * A member's words to an app, as `POST /_sim/phones/{userid}/say` takes them: `msgtype` with the payload of its name,
 * or `event`. When the app has no URL they are kept to be read.
 */
export interface SaidToApp {
  readonly agentid: number
  readonly msgtype: "text" | "image" | "voice" | "video" | "location" | "link" | "event"
  readonly event?: SaidEvent | undefined
  /** The fields of a `change_contact`, by WeCom's names: `{ChangeType: "update_user", UserID: "zhangsan", Name: "张三"}`. */
  readonly change?: Readonly<Record<string, string | number>> | undefined
  readonly [payload: string]: unknown
}

const SAID_EVENTS = ["enter_agent", "subscribe", "unsubscribe", "change_contact"] as const
type SaidEvent = (typeof SAID_EVENTS)[number]

/** WeCom's name for each field of a message; those in the first list are required. @see wecom document 90239 */
const MESSAGES: Readonly<Record<string, { needs: readonly string[]; names: Readonly<Record<string, string>> }>> = {
  text: { needs: ["content"], names: { content: "Content" } },
  image: { needs: ["media_id"], names: { pic_url: "PicUrl", media_id: "MediaId" } },
  voice: { needs: ["media_id"], names: { media_id: "MediaId", format: "Format" } },
  video: { needs: ["media_id"], names: { media_id: "MediaId", thumb_media_id: "ThumbMediaId" } },
  location: {
    needs: ["latitude", "longitude"],
    names: { latitude: "Location_X", longitude: "Location_Y", scale: "Scale", label: "Label" },
  },
  link: { needs: ["url"], names: { title: "Title", description: "Description", url: "Url", pic_url: "PicUrl" } },
}

/** @see wecom document 90240, 90970 */
const CHANGE_TYPES = [
  "create_user",
  "update_user",
  "delete_user",
  "create_party",
  "update_party",
  "delete_party",
  "update_tag",
] as const

/** Checks the input, and makes from it what the app gets. */
export function readSaidToApp(
  world: World,
  userid: string,
  input: unknown,
): { readonly app: App; readonly told: ToldToApp } | { readonly badFields: readonly BadField[] } {
  const badFields: BadField[] = []
  const fields = new Fields(input, "", badFields)
  const app = world.org.app(fields.neededInteger("agentid", 1))
  const member = world.org.member(userid)
  if (member === undefined) badFields.push({ path: "userid", problem: NO_MEMBER })
  if (app === undefined) fields.complain("agentid", "names an app that does not exist", "指向不存在的应用")
  else if (!app.enabled) fields.complain("agentid", "names an app that is disabled", "指向已停用的应用")
  const msgtype = fields.oneOf("msgtype", [...Object.keys(MESSAGES), "event"])
  fields.complainIfMissing("msgtype")
  const said = msgtype === "event" ? readEvent(fields, input, userid) : readMessage(fields, input, msgtype)
  if (app !== undefined && member !== undefined && said.opensApp && !world.org.visibleRange(app).seesMember(member)) {
    const [en, zh] = ["names an app that this member does not see", "指向该成员不可见的应用"]
    fields.complain("agentid", en, zh)
  }
  if (badFields.length > 0 || app === undefined || member === undefined) return { badFields }
  return { app, told: toldOf(app, member, said) }
}

interface Said {
  readonly event: string
  readonly elements: Readonly<Record<string, XmlContent>>
  readonly isMessage: boolean
  /** Whether the member must see the app for it. */
  readonly opensApp: boolean
}

function readEvent(fields: Fields, input: unknown, userid: string): Said {
  fields.complainIfMissing("event")
  const event = fields.oneOf("event", SAID_EVENTS) ?? "enter_agent"
  const isChange = event === "change_contact"
  fields.refuseOthers(new Set(["agentid", "msgtype", "event", ...(isChange ? ["change"] : [])]))
  const change = isChange ? readChange(fields, input, userid) : {}
  const elements = { Event: event, ...(isChange ? {} : { EventKey: "" }), ...change }
  return { event, elements, isMessage: false, opensApp: event === "enter_agent" }
}

/** The names are WeCom's own, since an app may read any of them. */
function readChange(fields: Fields, input: unknown, userid: string): Record<string, XmlContent> {
  const change = fields.object("change")
  const type = change?.oneOf("ChangeType", CHANGE_TYPES) ?? "update_user"
  const given = isJsonObject(input) && isJsonObject(input["change"]) ? input["change"] : {}
  const elements: Record<string, XmlContent> = {
    ChangeType: type,
    ...(type.endsWith("_user") ? { UserID: userid } : {}),
  }
  for (const [name, value] of Object.entries(given)) {
    if (typeof value === "string" || typeof value === "number") elements[name] = value
    else change?.complain(name, "must be a string or a number", "必须是字符串或数字")
    if (!/^[A-Za-z_]{1,64}$/.test(name)) change?.complain(name, "must be a name of WeCom's", "必须是企业微信的字段名")
  }
  return elements
}

function readMessage(fields: Fields, input: unknown, msgtype = "text"): Said {
  const { needs = [], names = {} } = MESSAGES[msgtype] ?? {}
  fields.refuseOthers(new Set(["agentid", "msgtype", msgtype]))
  fields.complainIfMissing(msgtype)
  const payload = fields.object(msgtype)
  payload?.refuseOthers(new Set(Object.keys(names)))
  for (const name of needs) payload?.complainIfMissing(name)
  const given: JsonObject = isJsonObject(input) && isJsonObject(input[msgtype]) ? input[msgtype] : {}
  const elements: Record<string, XmlContent> = {}
  for (const [name, element] of Object.entries(names)) {
    const value = given[name] ?? (name === "format" ? "amr" : undefined)
    if (value === undefined) continue
    if (typeof value === "string" || typeof value === "number") elements[element] = value
    else payload?.complain(name, "must be a string or a number", "必须是字符串或数字")
  }
  return { event: msgtype, elements, isMessage: true, opensApp: true }
}

function toldOf(app: App, { userid }: Member, { event, elements, isMessage }: Said): ToldToApp {
  const about = { userid, event, eventKey: "" }
  if (isMessage) {
    const msgid = newMsgId()
    const message = { MsgType: event, ...elements, MsgId: msgid, AgentID: app.agentid }
    return { ...about, from: userid, msgid: String(msgid), elements: message }
  }
  const isOfCorp = event === "change_contact"
  return {
    ...about,
    from: isOfCorp ? "sys" : userid,
    msgid: "",
    // A change of the contacts belongs to the corp, not to an app.
    elements: { MsgType: "event", ...elements, ...(isOfCorp ? {} : { AgentID: app.agentid }) },
  }
}

/** 64 bits like WeCom's, which is more than a JavaScript number can hold. */
function newMsgId(): bigint {
  const bytes = randomFillSync(Buffer.alloc(8))
  return (bytes.readBigUInt64BE() >> 1n) | (1n << 62n)
}

const NO_MEMBER = { en: "is not a member of the organisation", zh: "不是企业成员" }
