import { MAX_DEPARTMENTS_PER_CALL, MAX_TAGS_PER_CALL, MAX_USERS_PER_CALL } from "@wecom-push/protocol"
import { malformedReason } from "../../../model/malformed.ts"
import { CHUNK_SIZE } from "../../../model/recipients.ts"
import type { RecipientChunk, RecipientType } from "../../../model/recipients.ts"
import { chatidIn } from "../chats/chatid.ts"
import type { CompatRequest } from "../compat-request.ts"
import { Refusal } from "../refusal.ts"

export interface CompatAudience {
  readonly isEverybody: boolean
  readonly namesGroups: boolean
  readonly namesChats: boolean
  readonly rows: readonly Row[]
}

interface Row {
  readonly type: RecipientType
  readonly address: string
  /** WeCom is not asked for it: it is final at once, and the answer names it as skipped. */
  readonly isMalformed: boolean
}

/**
 * The recipients that `touser`, `toparty` and `totag` name. Names that cannot be a userid or id go to WeCom unchanged, whose
 * answer names them. Only the exact `@all` means everybody, and then the other names do not count. Among other names it is a
 * userid that does not exist, because WeCom does not document how it treats it there.
 * @throws {Refusal} 82001, 40032, 82002, 82003
 * @see https://developer.work.weixin.qq.com/document/path/90236
 */
export function readAudience(request: CompatRequest): CompatAudience {
  const users = listIn(request, "touser", MAX_USERS_PER_CALL, 40032)
  if (users.length === 1 && isEverybody(users[0])) {
    const rows = [{ type: "all", address: EVERYBODY, isMalformed: false }] as const
    return { isEverybody: true, namesGroups: false, namesChats: false, rows }
  }
  const departments = listIn(request, "toparty", MAX_DEPARTMENTS_PER_CALL, 82002)
  const tags = listIn(request, "totag", MAX_TAGS_PER_CALL, 82003)
  if (users.length + departments.length + tags.length === 0) {
    throw new Refusal(82001, "name a recipient in touser, toparty or totag")
  }
  return {
    isEverybody: false,
    namesGroups: departments.length + tags.length > 0,
    namesChats: false,
    rows: [
      ...users.map((item) => row("user", item)),
      ...departments.map((item) => row("department", plainId(item))),
      ...tags.map((item) => row("tag", plainId(item))),
    ],
  }
}

/**
 * The chat that `appchat/send` names.
 * @throws {Refusal} 86201, 40050
 * @see https://developer.work.weixin.qq.com/document/path/90248
 */
export function readChat(request: CompatRequest): CompatAudience {
  const rows = [row("chat", chatidIn(request.text("chatid")))]
  return { isEverybody: false, namesGroups: false, namesChats: true, rows }
}

const EVERYBODY = "@all"

function isEverybody(item: string | undefined): boolean {
  return item?.toLowerCase() === EVERYBODY
}

/**
 * Spaces around the bar and empty items do not count: the official samples have them. Items over the limit are counted but
 * not kept, since there may be millions.
 */
function listIn(request: CompatRequest, field: string, limit: number, errcode: number): string[] {
  const text = request.text(field)
  const items: string[] = []
  let count = 0
  for (let from = 0; from < text.length;) {
    const bar = text.indexOf("|", from)
    const end = bar < 0 ? text.length : bar
    const item = text.slice(from, end).trim()
    if (item !== "" && ++count <= limit) items.push(item)
    from = end + 1
  }
  if (count > limit) throw new Refusal(errcode, `${field} holds ${count}, at most ${limit} go`)
  if (items.some(({ length }) => length > MAX_ITEM_LENGTH)) {
    throw new Refusal(40058, `an item of ${field} has more than ${MAX_ITEM_LENGTH} characters; put | between them`)
  }
  return items
}

/** Much longer than any userid; the address is stored, and read again with each page. */
const MAX_ITEM_LENGTH = 1000

function row(type: RecipientType, address: string): Row {
  return { type, address, isMalformed: isEverybody(address) }
}

/** One spelling for each id, because it is looked for in WeCom's answer. */
function plainId(item: string): string {
  return /^0*[1-9]\d{0,14}$/.test(item) ? String(Number(item)) : item
}

export function chunksOf(rows: readonly Row[], at: number): RecipientChunk[] {
  const chunks: RecipientChunk[] = []
  for (let from = 0; from < rows.length; from += CHUNK_SIZE) {
    const part = rows.slice(from, from + CHUNK_SIZE)
    chunks.push({
      index: chunks.length,
      types: part.map(({ type }) => type),
      addresses: part.map(({ address }) => address),
      states: part.map(({ isMalformed }) => (isMalformed ? "invalid" : "pending")),
      userids: part.map(({ type, address, isMalformed }) => (type === "user" && !isMalformed ? address : null)),
      calls: part.map(() => null),
      details: Object.fromEntries(
        part.flatMap(({ type, isMalformed }, place) =>
          isMalformed ? [[place, { reason: malformedReason(type), at }]] : [],
        ),
      ),
    })
  }
  return chunks
}
