import { CHAT_CHANGES_PER_HOUR, CHATS_PER_DAY, useridKey } from "@wecom-push/protocol"
import { nextBeijingDayAt } from "@wecom-push/protocol/delivery"
import type { AttemptEnd } from "@wecom-push/protocol/delivery"
import type { ChatInfo, ChatParty, ChatRecord, ChatStore } from "../../model/ports/chats.ts"
import type { ChatChange, ChatReply, NewChat } from "../../model/ports/dispatcher.ts"
import { callOnce } from "../../wecom/call-once.ts"
import type { OneCall } from "../../wecom/call-once.ts"
import type { AppRuntime, AppRuntimes } from "../app-runtimes.ts"

export interface ChatCommandsDeps {
  readonly chats: ChatStore
  readonly runtimes: Pick<AppRuntimes, "get" | "notAsked">
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/**
 * Makes and changes the group chats of apps. The gateway makes the id of each chat, and stores it before WeCom is asked: if
 * an answer is lost, WeCom is asked for the chat, and the same request made again finds the same chat.
 * @see https://developer.work.weixin.qq.com/document/path/90245
 */
export class ChatCommands {
  readonly #deps: ChatCommandsDeps

  constructor(deps: ChatCommandsDeps) {
    this.#deps = deps
  }

  async create(app: string, { chatid, name, owner, members, fingerprint }: NewChat): Promise<ChatReply> {
    const runtime = await this.#deps.runtimes.get(app)
    if (runtime === undefined) return this.#deps.runtimes.notAsked(app)
    const { chats, now } = this.#deps
    const at = now()
    const tomorrow = nextBeijingDayAt(at)
    const party = partyOf(runtime)
    const wish = { ...party, chatid, name, owner, members, fingerprint }
    const begun = await chats.begin(wish, at, tomorrow - DAY_MS, CHATS_PER_DAY)
    if (begun === "limit") return { kind: "limit", what: "made", untilMs: tomorrow }
    const { record, isNew } = begun
    if (record.fingerprint !== fingerprint || record.agentId !== party.agentId) return { kind: "exists" }
    if (record.isMade && !(await this.#isGone(runtime, chatid))) return { kind: "done", chat: record, isNew: false }
    const body = JSON.stringify({ name, owner, userlist: members, chatid })
    const end = await this.#ask(runtime, { path: "appchat/create", body, repeatable: false })
    if (errcodeOf(end) === 0) return this.#done(runtime, chatid, { name, owner, members })
    // The answer to this request was lost, or that to an earlier one.
    if (isLost(end) || (errcodeOf(end) === CHAT_EXISTS && !isNew)) return this.#findOut(runtime, chatid)
    if (errcodeOf(end) === CHAT_EXISTS && (await this.#hasMembers(runtime, chatid, members))) {
      return this.#done(runtime, chatid, { name, owner, members })
    }
    if (isNew) await chats.forget(party.corpId, chatid)
    return errcodeOf(end) === CHAT_EXISTS ? { kind: "exists" } : replyTo(end)
  }

  /** The same request came first, at the same moment. */
  async #hasMembers(runtime: AppRuntime, chatid: string, members: readonly string[]): Promise<boolean> {
    const { info } = await this.#read(runtime, chatid)
    const there = new Set((info?.members ?? []).map(useridKey))
    return there.symmetricDifference(new Set(members.map(useridKey))).size === 0
  }

  /** Its members may have disbanded it. While WeCom does not answer, it counts as there. */
  async #isGone(runtime: AppRuntime, chatid: string): Promise<boolean> {
    const errcode = errcodeOf((await this.#read(runtime, chatid)).end)
    return errcode === DISBANDED || (errcode !== undefined && NOT_THERE.has(errcode))
  }

  async change(app: string, chatid: string, change: ChatChange): Promise<ChatReply> {
    const runtime = await this.#deps.runtimes.get(app)
    if (runtime === undefined) return this.#deps.runtimes.notAsked(app)
    const { chats, now } = this.#deps
    const { corpId } = partyOf(runtime)
    const untilMs = await chats.takeChange(corpId, now(), HOUR_MS, CHAT_CHANGES_PER_HOUR)
    if (untilMs !== undefined) return { kind: "limit", what: "changed", untilMs }
    const body = JSON.stringify({
      chatid,
      name: change.name,
      owner: change.owner,
      ...(change.add.length > 0 && { add_user_list: change.add }),
      ...(change.remove.length > 0 && { del_user_list: change.remove }),
    })
    const end = await this.#ask(runtime, { path: "appchat/update", body, repeatable: false })
    if (errcodeOf(end) === 0) {
      const before = await chats.get(corpId, chatid)
      return this.#done(runtime, chatid, applied(before, change))
    }
    if (!isLost(end)) return replyTo(end)
    const found = await this.#findOut(runtime, chatid)
    return found.kind === "done" && !shows(found.chat, change) ? { kind: "in_doubt" } : found
  }

  /**
   * @param isFresh WeCom is asked even if the chat is stored; it is always asked if the answer to the creation is missing
   */
  async look(app: string, chatid: string, isFresh: boolean): Promise<ChatReply> {
    const runtime = await this.#deps.runtimes.get(app)
    if (runtime === undefined) return this.#deps.runtimes.notAsked(app)
    const { corpId, agentId } = partyOf(runtime)
    const known = await this.#deps.chats.get(corpId, chatid)
    const isOfThis = known?.agentId === agentId
    if (known !== undefined && isOfThis && known.isMade && !isFresh) return { kind: "done", chat: known, isNew: false }
    const { end, info } = await this.#read(runtime, chatid)
    if (info !== undefined) return this.#keep(runtime, chatid, info)
    const errcode = errcodeOf(end)
    // A chat that does not exist may still be created by a request that is on its way.
    const mayBeThere = errcode === undefined || (NOT_THERE.has(errcode) && known?.isMade !== true)
    return known !== undefined && isOfThis && mayBeThere ? { kind: "done", chat: known, isNew: false } : replyTo(end)
  }

  /** Only WeCom knows which owner it chose if none was named, and how much of the name it kept. */
  async #done(runtime: AppRuntime, chatid: string, asked: ChatInfo): Promise<ChatReply> {
    const { end, info } = await this.#read(runtime, chatid)
    if (info === undefined && errcodeOf(end) !== undefined) return replyTo(end)
    return this.#keep(runtime, chatid, info ?? asked)
  }

  /** Finds the present state after a request whose answer was lost. */
  async #findOut(runtime: AppRuntime, chatid: string): Promise<ChatReply> {
    const { end, info } = await this.#read(runtime, chatid)
    if (info === undefined) {
      const errcode = errcodeOf(end)
      return errcode === undefined || NOT_THERE.has(errcode) ? { kind: "in_doubt" } : replyTo(end)
    }
    return this.#keep(runtime, chatid, info)
  }

  async #keep(runtime: AppRuntime, chatid: string, info: ChatInfo): Promise<ChatReply> {
    const chat = await this.#deps.chats.put(partyOf(runtime), chatid, info, this.#deps.now())
    return { kind: "done", chat, isNew: true }
  }

  /** @see https://developer.work.weixin.qq.com/document/path/98914 */
  async #read(runtime: AppRuntime, chatid: string): Promise<{ readonly end: AttemptEnd; readonly info?: ChatInfo }> {
    const call = { path: "appchat/get", method: "GET", query: { chatid }, repeatable: true } as const
    const end = await this.#ask(runtime, call)
    const info = errcodeOf(end) === 0 && end.kind === "answer" ? infoIn(end.answer) : undefined
    return { end, ...(info !== undefined && { info }) }
  }

  #ask({ api }: AppRuntime, call: OneCall): Promise<AttemptEnd> {
    return callOnce(api, call)
  }
}

function partyOf({ app: { corpId, agentId } }: AppRuntime): ChatParty {
  return { corpId, agentId }
}

function errcodeOf(end: AttemptEnd): number | undefined {
  return end.kind === "answer" ? end.answer.errcode : end.failure.errcode
}

function isLost(end: AttemptEnd): boolean {
  return end.kind === "failure" && end.failure.code === "in_doubt"
}

function replyTo(end: AttemptEnd): ChatReply {
  const { errcode, errmsg } = end.kind === "answer" ? end.answer : end.failure
  if (errcode === undefined) return isLost(end) ? { kind: "in_doubt" } : { kind: "unreachable" }
  return { kind: "refused", errcode, errmsg }
}

/** Undefined if the answer describes no chat. */
function infoIn(answer: Readonly<Record<string, unknown>>): ChatInfo | undefined {
  const { chat_info: info } = answer
  if (typeof info !== "object" || info === null) return undefined
  const { name, owner, userlist }: { name?: unknown; owner?: unknown; userlist?: unknown } = info
  if (!Array.isArray(userlist)) return undefined
  return { name: textIn(name), owner: textIn(owner), members: userlist.filter((one) => typeof one === "string") }
}

function textIn(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined
}

/** The expected state of the chat, if WeCom has made the change but does not report the new state. */
function applied(before: ChatRecord | undefined, { name, owner, add, remove }: ChatChange): ChatInfo {
  const gone = new Set(remove.map(useridKey))
  const kept = (before?.members ?? []).filter((one) => !gone.has(useridKey(one)))
  const known = new Set(kept.map(useridKey))
  return {
    name: name ?? before?.name,
    owner: owner ?? before?.owner,
    members: [...kept, ...add.filter((one) => !known.has(useridKey(one)))],
  }
}

function shows(chat: ChatRecord, { name, owner, add, remove }: ChatChange): boolean {
  const members = new Set(chat.members.map(useridKey))
  return (
    (name === undefined || chat.name === name) &&
    (owner === undefined || useridKey(chat.owner ?? "") === useridKey(owner)) &&
    add.every((one) => members.has(useridKey(one))) &&
    remove.every((one) => !members.has(useridKey(one)))
  )
}

/** A chat with this id exists. */
const CHAT_EXISTS = 86215
const DISBANDED = 49008
const NOT_THERE: ReadonlySet<number> = new Set([40050, 86001, 86003])
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
