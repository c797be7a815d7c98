import { checkUserid, MAX_DEPARTMENTS_PER_CALL, MAX_TAGS_PER_CALL, MAX_USERS_PER_CALL } from "@wecom-push/protocol"
import { CHUNK_SIZE } from "../../core/recipients.ts"
import type { RecipientChunk, RecipientType } from "../../core/recipients.ts"
import type { CompatRequest } from "../compat-request.ts"
import { Refusal } from "../refusal.ts"

export interface CompatAudience {
  readonly isEverybody: boolean
  readonly namesGroups: boolean
  readonly rows: readonly Row[]
}

interface Row {
  readonly type: RecipientType
  readonly address: string
  /** Cannot be one: final at once, and in the answer among those that were skipped. */
  readonly isMalformed: boolean
}

/**
 * Whom `touser`, `toparty` and `totag` name. Only the exact `@all` means everybody, and then the others do not count;
 * among userids it is one that nobody has, because what WeCom makes of it there is not documented.
 * @throws {Refusal} 82001, 40032, 82002, 82003
 * @see https://developer.work.weixin.qq.com/document/path/90236
 */
export function readAudience(request: CompatRequest): CompatAudience {
  const users = listOf(request.text("touser"))
  if (users.length === 1 && users[0]?.toLowerCase() === EVERYBODY) {
    return { isEverybody: true, namesGroups: false, rows: [{ type: "all", address: EVERYBODY, isMalformed: false }] }
  }
  const departments = listOf(request.text("toparty"))
  const tags = listOf(request.text("totag"))
  if (users.length + departments.length + tags.length === 0) {
    throw new Refusal(82001, "name somebody in touser, toparty or totag")
  }
  refuseOver(MAX_USERS_PER_CALL, users, 40032, "touser")
  refuseOver(MAX_DEPARTMENTS_PER_CALL, departments, 82002, "toparty")
  refuseOver(MAX_TAGS_PER_CALL, tags, 82003, "totag")
  return {
    isEverybody: false,
    namesGroups: departments.length + tags.length > 0,
    rows: [
      ...users.map((address): Row => ({ type: "user", address, isMalformed: checkUserid(address) !== undefined })),
      ...departments.map((item) => groupRow("department", item)),
      ...tags.map((item) => groupRow("tag", item)),
    ],
  }
}

const EVERYBODY = "@all"

/** Blanks around the bar and empty items are as good as absent: the official samples have them. */
function listOf(text: string): string[] {
  if (text === "") return []
  return text
    .split("|")
    .map((item) => item.trim())
    .filter((item) => item !== "")
}

function refuseOver(limit: number, items: readonly string[], errcode: number, field: string): void {
  if (items.length > limit) throw new Refusal(errcode, `${field} holds ${items.length}, at most ${limit} go`)
}

function groupRow(type: "department" | "tag", item: string): Row {
  const isMalformed = !/^0*[1-9]\d{0,14}$/.test(item)
  return { type, address: isMalformed ? item : String(Number(item)), isMalformed }
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
      userids: part.map(({ type, address }) => (type === "user" ? address : null)),
      calls: part.map(() => null),
      details: Object.fromEntries(
        part.flatMap(({ type, isMalformed }, place) =>
          isMalformed ? [[place, { reason: `malformed_${type}`, at }]] : [],
        ),
      ),
    })
  }
  return chunks
}
