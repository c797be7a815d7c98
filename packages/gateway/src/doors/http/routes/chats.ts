import { randomUUID } from "node:crypto"
import type { Bilingual } from "@wecom-push/protocol"
import { lookUpErrcode, MAX_CHAT_MEMBERS, MAX_CHAT_NAME_CHARACTERS, MIN_CHAT_MEMBERS } from "@wecom-push/protocol"
import { chatKind } from "@wecom-push/protocol/delivery"
import { z } from "zod"
import { heldApp } from "../../../accept/app-directory.ts"
import { fingerprint } from "../../../accept/canonical.ts"
import { readIdempotencyKey } from "../../../accept/idempotency-key.ts"
import { refuse } from "../../../accept/issues.ts"
import { formatRfc3339 } from "../../../accept/rfc3339.ts"
import type { ChatRecord } from "../../../model/ports/chats.ts"
import type { ChatReply } from "../../../model/ports/dispatcher.ts"
import type { AppRecord } from "../../../model/ports/apps.ts"
import type { KeyRecord } from "../../../model/ports/keys.ts"
import { Problem } from "../../../problems/problem.ts"
import type { ProblemError } from "../../../problems/problem.ts"
import { wecomFailed } from "../../../problems/wecom-failed.ts"
import type { App } from "../../kit/app.ts"
import { keyOf, requireValid } from "../../kit/authenticate.ts"
import { LIST_BODY_BYTES } from "../../kit/body-limits.ts"
import { chatChanged, chatCreated } from "../../kit/chat-notes.ts"
import type { HttpDeps } from "../../kit/deps.ts"
import { derivedChatid } from "../../kit/derived-chatid.ts"
import { problems } from "../../kit/problem-document.ts"
import { PeopleReader } from "../chat-people.ts"
import { linkNext } from "../link-next.ts"
import { appName, DEFAULT_PAGE_LIMIT, formed, noQuery, pageOf, pageQuery, time } from "../schemas.ts"
import { viewOfPage } from "../views.ts"

const app = appName.optional().describe("Optional if the key holds exactly one app.")
const list = (most: number) => z.array(z.string().max(128)).max(most).optional()
const people = z
  .strictObject({ users: list(MAX_CHAT_MEMBERS), mobiles: list(MAX_CHAT_MEMBERS), emails: list(MAX_CHAT_MEMBERS) })
  .meta({ id: "ChatPeople", description: "Userids, or mobiles and emails, whose userids are looked up first." })
const person = z
  .strictObject({
    user: z.string().max(128).optional(),
    mobile: z.string().max(64).optional(),
    email: z.string().max(128).optional(),
  })
  .refine((one) => Object.values(one).filter((value) => value !== undefined).length === 1, {
    params: {
      rule: "required",
      detail: { en: "/owner names one of user, mobile, email.", zh: "/owner 须填写 user、mobile、email 之一。" },
    },
  })
  .meta({ id: "ChatPerson", description: "One of `user`, `mobile`, `email`." })
const name = z.string().min(1).max(MAX_CHAT_NAME_CHARACTERS)

const newChat = z.strictObject({
  app,
  chatid: formed(/^[0-9A-Za-z]{1,32}$/, { en: "1 to 32 letters and digits", zh: " 1 到 32 个字母和数字" })
    .optional()
    .describe("1 to 32 letters and digits, unique in the corp. Default: the gateway generates one."),
  name: name.optional(),
  owner: person.optional(),
  members: people,
})

const chatChange = z.strictObject({
  name: name.optional(),
  owner: person.optional(),
  add: people.optional(),
  remove: people.optional(),
})

const chatView = z
  .object({
    chatid: z.string().describe("For `to.chats` of a message."),
    app: z.string(),
    name: z.string().nullable(),
    owner: z.string().nullable().describe("A userid, like the members."),
    members: z.array(z.string()),
    state: z
      .enum(["made", "in_doubt"])
      .describe(
        "`in_doubt`: the response to its creation was lost. Repeat the same request or read the chat to find out.",
      ),
    created_at: time.describe("When this gateway began to create the chat, or first learned of it."),
    updated_at: time.describe("When WeCom last returned its data."),
  })
  .meta({ id: "Chat" })

const params = z.object({ chatid: z.string().max(64) })
const CHATID = /^[\w-]{1,64}$/

/** Group chats of an app. */
export function chatRoutes(server: App, deps: HttpDeps): void {
  const { stores, dispatcher, audit } = deps

  server.route({
    method: "POST",
    url: "/v1/chats",
    bodyLimit: LIST_BODY_BYTES,
    config: { scopes: ["send"] },
    schema: {
      operationId: "createChat",
      tags: ["chats"],
      summary: "Create a group chat",
      description:
        "The visible range of the app must be the root department. The 2 to 2000 members see the chat with its first message. The owner is also a member; without `owner`, WeCom picks one. The request may be repeated with its `chatid` or the same Idempotency-Key: it then answers 200 with the existing chat. Not for keys with an `audience_cap`.",
      querystring: noQuery,
      headers: z.object({
        "idempotency-key": z.string().optional().describe("1 to 255 visible ASCII characters, with or without quotes."),
      }),
      body: newChat,
      response: { 200: chatView, 201: chatView, ...problems },
    },
    handler: async (request, reply) => {
      const { app: named, chatid: wanted, name: called, owner, members } = request.body
      const { key, record } = await maker({ name: request.body.app, path: "/app" }, keyOf(request), deps)
      const header = request.headers["idempotency-key"]
      const idempotencyKey = header === undefined ? undefined : readIdempotencyKey(header)
      const reader = new PeopleReader(deps, record.name, key.id)
      const chief = owner === undefined ? undefined : await reader.person("/owner", owner)
      const userids = await reader.people("/members", members, chief === undefined ? [] : [chief])
      reader.refuseFaults()
      if (userids.length < MIN_CHAT_MEMBERS || userids.length > MAX_CHAT_MEMBERS) throw wrongCount(userids.length)
      await requireValid(key, deps)
      const chatid = wanted ?? chatidOf(idempotencyKey, key, record)
      const made = await dispatcher.createChat(record.name, {
        chatid,
        name: called,
        owner: chief,
        members: userids,
        fingerprint: fingerprint({ app: named, chatid: wanted, name: called, owner, members }),
      })
      if (made.kind === "exists" && wanted === undefined) throw new Problem("idempotency_key_reused")
      const chat = doneOf(made, chatid, deps.now())
      if (made.kind === "done" && made.isNew) {
        await audit.write(chatCreated({ key, peer: request.socket.remoteAddress, app: record }, chat))
      }
      const isNew = made.kind === "done" && made.isNew
      return reply
        .code(isNew ? 201 : 200)
        .header("location", `/v1/chats/${chatid}?app=${record.name}`)
        .send(viewOf(chat, record.name))
    },
  })

  server.route({
    method: "GET",
    url: "/v1/chats",
    config: { scopes: ["send", "read"] },
    schema: {
      operationId: "listChats",
      tags: ["chats"],
      summary: "The group chats of an app, newest first",
      description: "Chats that were created here, and others that were read or changed here.",
      querystring: z.strictObject({ app, ...pageQuery }),
      response: { 200: pageOf(chatView), ...problems },
    },
    handler: async (request, reply) => {
      const { app: named, limit = DEFAULT_PAGE_LIMIT, cursor } = request.query
      const record = await chatApp({ name: named, path: "app" }, keyOf(request), deps)
      const page = await stores.chats.list(record, { limit, ...(cursor !== undefined && { cursor }) })
      const view = viewOfPage(page, (chat) => viewOf(chat, record.name))
      linkNext(request, reply, view)
      return view
    },
  })

  server.route({
    method: "GET",
    url: "/v1/chats/:chatid",
    config: { scopes: ["send", "read"] },
    schema: {
      operationId: "getChat",
      tags: ["chats"],
      summary: "One group chat",
      description:
        "A chat that another program has created with the same app is read from WeCom, and then kept here too.",
      params,
      querystring: z.strictObject({
        app,
        fresh: z.stringbool().optional().describe("Asks WeCom, even if the chat is known."),
      }),
      response: { 200: chatView, ...problems },
    },
    handler: async (request) => {
      const { app: named, fresh = false } = request.query
      const { chatid } = request.params
      const record = await chatApp({ name: named, path: "app" }, keyOf(request), deps)
      if (!CHATID.test(chatid)) throw unknownChat()
      return viewOf(doneOf(await dispatcher.lookAtChat(record.name, chatid, fresh), chatid, deps.now()), record.name)
    },
  })

  server.route({
    method: "PATCH",
    url: "/v1/chats/:chatid",
    bodyLimit: LIST_BODY_BYTES,
    config: { scopes: ["send"] },
    schema: {
      operationId: "changeChat",
      tags: ["chats"],
      summary: "Change the name, the owner or the members of a group chat",
      description:
        "Fields that are left out stay as they are. Repeating the same change does no harm. Not for keys with an `audience_cap`.",
      params,
      querystring: z.strictObject({ app }),
      body: chatChange,
      response: { 200: chatView, ...problems },
    },
    handler: async (request) => {
      const { chatid } = request.params
      const { name: called, owner, add = {}, remove = {} } = request.body
      const { key, record } = await maker({ name: request.query.app, path: "app" }, keyOf(request), deps)
      if (!CHATID.test(chatid)) throw unknownChat()
      const reader = new PeopleReader(deps, record.name, key.id)
      const chief = owner === undefined ? undefined : await reader.person("/owner", owner)
      const change = {
        name: called,
        owner: chief,
        add: await reader.people("/add", add),
        remove: await reader.people("/remove", remove),
      }
      reader.refuseFaults()
      if (called === undefined && chief === undefined && change.add.length + change.remove.length === 0)
        throw refuse([NOTHING])
      await requireValid(key, deps)
      const chat = doneOf(await dispatcher.changeChat(record.name, chatid, change), chatid, deps.now())
      await audit.write(chatChanged({ key, peer: request.socket.remoteAddress, app: record }, chatid, change))
      return viewOf(chat, record.name)
    },
  })
}

interface NamedApp {
  readonly name: string | undefined
  /** Where it is named: `/app` of the body, or `app` of the query. */
  readonly path: string
}

/** @throws {Problem} if the app cannot make chats */
async function chatApp({ name, path }: NamedApp, key: KeyRecord, { apps, stores }: HttpDeps): Promise<AppRecord> {
  const held = heldApp(key, name, await apps.names(), { path })
  const record = await stores.apps.get(held)
  if (record === undefined) throw await apps.unknown(key, { path })
  const kind = await apps.callKind(held)
  if (kind === undefined || kind.most.chat > 0 || chatKind(kind) === undefined) {
    throw refuse([{ path, code: "not_supported", detail: NO_CHATS }])
  }
  return record
}

async function maker(
  app: NamedApp,
  key: KeyRecord,
  deps: HttpDeps,
): Promise<{ readonly key: KeyRecord; readonly record: AppRecord }> {
  const record = await chatApp(app, key, deps)
  if (key.audienceCap !== undefined) throw refuse([capped(key.audienceCap)])
  return { key, record }
}

/** The same chatid for the same Idempotency-Key. */
function chatidOf(idempotencyKey: string | undefined, key: KeyRecord, record: AppRecord): string {
  if (idempotencyKey === undefined) return randomUUID().replaceAll("-", "")
  return derivedChatid(key, record, idempotencyKey)
}

/** @throws {Problem} for every other kind of reply */
function doneOf(reply: ChatReply, chatid: string, now: number): ChatRecord {
  switch (reply.kind) {
    case "done":
      return reply.chat
    case "exists":
      throw new Problem("chat_exists")
    case "limit":
      throw new Problem("chat_limit", { retryAfterSeconds: Math.max(1, Math.ceil((reply.untilMs - now) / 1000)) })
    case "in_doubt":
      throw new Problem("chat_in_doubt", {
        retryAfterSeconds: 5,
        detail: { en: `chatid: ${chatid}`, zh: `chatid：${chatid}` },
      })
    case "unreachable":
      throw wecomFailed(reply.errmsg === undefined ? {} : { errcode: 0, errmsg: reply.errmsg })
    case "refused":
    default:
      throw refusedBy(reply)
  }
}

function refusedBy({ errcode, errmsg }: { readonly errcode: number; readonly errmsg: string }): Problem {
  if (NOT_OF_APP.has(errcode)) return unknownChat(errcode)
  const known = lookUpErrcode(errcode)
  const said = known?.meaning ?? { en: errmsg, zh: errmsg }
  const todo = known?.todo ?? { en: "", zh: "" }
  const detail = { en: `${errcode}: ${said.en} ${todo.en}`.trim(), zh: `${errcode}：${said.zh}${todo.zh}` }
  if (known?.class === "throttled" || known?.class === "transient") {
    return new Problem("wecom_failed", { retryAfterSeconds: 60, detail })
  }
  return new Problem("chat_refused", {
    detail,
    errors: [{ path: "", code: known?.name ?? "refused", detail, errcode }],
  })
}

/** WeCom's codes for a chat that is unknown, disbanded, or made by another app. */
const NOT_OF_APP: ReadonlySet<number> = new Set([40050, 49008, 86001, 86003, 86008])

function unknownChat(errcode = 40050): Problem {
  const { meaning = { en: "", zh: "" }, todo = { en: "", zh: "" } } = lookUpErrcode(errcode) ?? {}
  const detail = { en: `${errcode}: ${meaning.en} ${todo.en}`, zh: `${errcode}：${meaning.zh}${todo.zh}` }
  return new Problem("not_found", { detail, errors: [{ path: "chatid", code: "unknown_chat", detail, errcode }] })
}

const NO_CHATS: Bilingual = {
  en: "The app makes no group chats; name an app of a corp.",
  zh: "该应用不能创建群聊，请指定企业的应用。",
}

function capped(cap: number): ProblemError {
  const detail = {
    en: `This key may reach ${cap} people with one message, and makes and changes no group chats; use a key without audience_cap.`,
    zh: `此密钥每条消息最多发给 ${cap} 人，不能创建或修改群聊，请使用没有 audience_cap 的密钥。`,
  }
  return { path: "/members", code: "not_allowed", detail }
}

function wrongCount(count: number): Problem {
  const detail = {
    en: `/members names ${count} members; a group chat has ${MIN_CHAT_MEMBERS} to ${MAX_CHAT_MEMBERS}.`,
    zh: `/members 有 ${count} 名成员；群聊须有 ${MIN_CHAT_MEMBERS}–${MAX_CHAT_MEMBERS} 名。`,
  }
  return refuse([{ path: "/members", code: count < MIN_CHAT_MEMBERS ? "too_few" : "too_many", detail }])
}

const NOTHING: ProblemError = {
  path: "",
  code: "required",
  detail: { en: "Give name, owner, add or remove.", zh: "请填写 name、owner、add、remove 中的至少一项。" },
}

function viewOf(chat: ChatRecord, appOfChat: string): z.output<typeof chatView> {
  return {
    chatid: chat.chatid,
    app: appOfChat,
    name: chat.name ?? null,
    owner: chat.owner ?? null,
    members: [...chat.members],
    state: chat.isMade ? "made" : "in_doubt",
    created_at: formatRfc3339(chat.createdAt),
    updated_at: formatRfc3339(chat.updatedAt),
  }
}
