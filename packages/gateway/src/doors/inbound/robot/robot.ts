import { hash } from "node:crypto"
import { refuse } from "../../../accept/issues.ts"
import { Problem } from "../../../problems/problem.ts"
import type { Adapter, Answer, ReadContext, Reading } from "../adapter.ts"
import { filled } from "../caller.ts"
import { listAt, objectAt, textAt } from "../fields.ts"
import type { InboundCall } from "../inbound-call.ts"
import type { JsonObject } from "../../kit/json-object.ts"
import { emptyMessage, invalidJson, notAllowed, pathNotKnown } from "../refusals.ts"
import { sentenceOf } from "../told.ts"

/**
 * A group robot's webhook; its key is the token of a source. Members who are mentioned get the message too; `@all` adds no
 * recipient.
 * @see https://developer.work.weixin.qq.com/document/path/99110
 */
export const adapter: Adapter = {
  tokenIn: (call) => filled(call.query.get("key")),
  methods: ({ path }) => (API.has(path.at(-1) ?? "send") ? ["POST"] : undefined),
  read(call, context) {
    const api = call.path.at(-1)
    if (api === "upload_media") return upload(call, context)
    if (api !== "send" && api !== undefined) throw pathNotKnown()
    if (call.body.length > MAX_SEND_BYTES) throw new Problem("body_too_large")
    const body = call.object()
    if (body === undefined) throw call.body.length === 0 ? emptyMessage("msgtype") : invalidJson("msgtype")
    return readMessage(body, context)
  },
  accepted: () => ({ status: 200, body: { errcode: 0, errmsg: "ok" } }),
  refused: (refused): Answer => {
    const { code, status } = refused.problem
    const errcode = ERRCODES[code] ?? refused.problem.errors[0]?.errcode ?? (status >= 500 ? -1 : 40_058)
    return { status: 200, body: { errcode, errmsg: sentenceOf(refused) } }
  },
}

const API: ReadonlySet<string> = new Set(["send", "upload_media"])

/** A picture of 2 MiB in base64, and the fields beside it. */
const MAX_SEND_BYTES = 4 * 1024 * 1024

const ERRCODES: Readonly<Record<string, number>> = {
  unauthorized: 93_000,
  body_missing: 93_017,
  invalid_json: 40_058,
  body_too_large: 45_002,
  rate_limited: 45_009,
  no_such_path: 48_002,
}

async function readMessage(body: JsonObject, context: ReadContext): Promise<Reading> {
  const type = textAt(body, "msgtype") ?? ""
  const payload = objectAt(body, type)
  const overflow = "split"
  if (payload === undefined) throw notAllowed("msgtype", TYPES)
  const also = mentionedIn(type, payload)
  if (type === "text" || type === "markdown") {
    const content = { content: textAt(payload, "content") ?? "" }
    return { content: { msgtype: type, [type]: content }, also, overflow }
  }
  if (type === "markdown_v2") {
    const markdown = { content: textAt(payload, "content") ?? "" }
    const warning = {
      en: "An app's message knows no markdown_v2; it was sent as markdown.",
      zh: "应用消息没有 markdown_v2，已按 markdown 发送。",
    }
    return { content: { msgtype: "markdown", markdown }, also, overflow, warnings: [warning] }
  }
  if (type === "image") {
    const media_id = await context.keepFile(pictureIn(payload), "image", "image.png")
    return { content: { msgtype: type, image: { media_id } }, overflow }
  }
  if (!TYPES.includes(type)) throw notAllowed("msgtype", TYPES)
  return { content: { msgtype: type, [type]: payload }, overflow }
}

const TYPES = ["text", "markdown", "markdown_v2", "image", "news", "file", "voice", "template_card"]

function mentionedIn(type: string, payload: JsonObject): NonNullable<Reading["also"]> {
  const named = (list: string): string[] =>
    listAt(payload, list).flatMap((one) => (typeof one === "string" && !isAll(one) ? [one] : []))
  const inText =
    type === "text"
      ? []
      : Array.from((textAt(payload, "content") ?? "").matchAll(/<@([\w.@-]{1,64})>/g), ([, id = ""]) => id)
  return {
    users: [...named("mentioned_list"), ...inText.filter((one) => !isAll(one))],
    mobiles: named("mentioned_mobile_list"),
  }
}

function isAll(name: string): boolean {
  return name === "" || name.toLowerCase() === "@all" || name.toLowerCase() === "all"
}

function pictureIn(payload: JsonObject): Uint8Array {
  const bytes = Buffer.from(textAt(payload, "base64") ?? "", "base64")
  if (bytes.length === 0) throw emptyMessage("image.base64")
  const md5 = textAt(payload, "md5")?.toLowerCase()
  if (md5 === hash("md5", bytes, "hex")) return bytes
  const detail = {
    en: "image.md5 is not the MD5 of the picture in image.base64.",
    zh: "image.md5 与 image.base64 中图片的 MD5 不一致。",
  }
  throw refuse([{ path: "/image/md5", code: "not_allowed", detail, errcode: 301_019 }])
}

async function upload(call: InboundCall, context: ReadContext): Promise<Answer> {
  const type = call.query.get("type") ?? ""
  if (type !== "file" && type !== "voice") throw notAllowed("type", ["file", "voice"])
  const { file } = call
  if (file === undefined) throw emptyMessage({ en: "a part of the form with a file name", zh: "带文件名的表单字段" })
  const media_id = await context.keepFile(file.bytes, type, file.name)
  return {
    status: 200,
    body: { errcode: 0, errmsg: "ok", type, media_id, created_at: String(Math.floor(context.now / 1000)) },
  }
}
