import { setImmediate as immediate } from "node:timers/promises"
import type { LocalReader } from "../../model/ports/stores.ts"
import type { DatabaseSync, StatementSync } from "node:sqlite"
import { PRIORITIES } from "../../model/message.ts"
import type {
  AppScope,
  BacklogView,
  MessageDetail,
  MessageQuery,
  MessagesQuery,
  MessageSummary,
  Page,
  PageQuery,
  Whose,
} from "../../model/ports/reader.ts"
import { otherOf } from "../message-row.ts"
import { toSummary } from "../message-view.ts"
import { partsSql } from "../pack-parts.ts"
import { fromCursor, toCursor, toPage } from "../../model/ports/page-cursor.ts"
import type { Backlog } from "./backlog.ts"
import { CallReader } from "./call-reader.ts"
import type { ChunkRows } from "./chunk-rows.ts"
import type { ClockJumps } from "./clock-jumps.ts"
import type { GroupCommit } from "./group-commit.ts"
import { MessageLists, newestFirst } from "./message-lists.ts"
import type { ListKey } from "./message-lists.ts"
import { RecentSends } from "./recent-sends.ts"
import { RecipientReader } from "./recipient-reader.ts"
import { integer, optionalInteger, optionalText, parseOwn, text } from "../row.ts"
import type { Row } from "../row.ts"

/** Reads only what is on the disk: a client gets the same answer again after a power failure. */
export function sqliteReader(db: DatabaseSync, { commit, backlog, chunks, jumps, run }: ReaderDeps): LocalReader {
  const messages = new MessageRows(db, backlog)
  const recipients = new RecipientReader(db, chunks, jumps)
  const calls = new CallReader(db, run)
  const recentSends = new RecentSends(db)
  return {
    message: (id, query) => commit.durable(() => messages.one(id, query)),
    messages: (query) => commit.durable(() => messages.page(query)),
    recipients: (query) => commit.durable(() => recipients.page(query)),
    attempts: (query) => commit.durable(() => calls.attempts(query)),
    calls: (query) => commit.durable(() => calls.calls(query)),
    unfinished: () => Promise.resolve(backlog.holders()),
    unfinishedOf: (query) => messages.unfinishedOf(query),
    backlog: (now) => messages.backlog(now),
    sends: (query) => Promise.try(() => recentSends.page(query)),
  }
}

export interface ReaderDeps {
  readonly commit: GroupCommit
  readonly backlog: Backlog
  readonly chunks: ChunkRows
  readonly jumps: ClockJumps
  readonly run: number
}

class MessageRows {
  readonly #backlog: Backlog
  readonly #byId: StatementSync
  readonly #bySeq: StatementSync
  readonly #apps: StatementSync
  readonly #lists: MessageLists
  readonly #oldestLate: StatementSync
  readonly #late: StatementSync
  readonly #open: StatementSync

  constructor(db: DatabaseSync, backlog: Backlog) {
    this.#backlog = backlog
    const columns = `seq, id, app, state, priority, accepted_at, send_at, expires_at, clock_set, expiry_moves, finished_at, recipients,
      counts, key_id, msgtype, order_key, behind, problem,
      (select coalesce(max(number), 0) from calls where message = messages.seq) as call_count`
    this.#byId = db.prepare(
      `select ${columns}, warnings, trace, otherwise, ${partsSql("char(30)", "calls")} from messages where id = ?`,
    )
    this.#bySeq = db.prepare(`select ${columns} from messages where seq = ?`)
    // Jumps from app to app in the index instead of reading every message.
    this.#apps = db.prepare(`with recursive found (app) as (
      select min(app) from messages union all
      select (select min(app) from messages where app > found.app) from found where found.app is not null
    ) select app from found where app is not null`)
    this.#lists = new MessageLists(db)
    // The index holds no finished message, so that a long history costs nothing.
    const shouldBeOut = "coalesce(reopened_at, send_at)"
    const late = `from messages indexed by messages_late where state = 'open' and behind = 0
      and app = ? and priority = ? and ${shouldBeOut} <= ?`
    this.#oldestLate = db.prepare(`select min(${shouldBeOut}) as since ${late}`)
    // Read once a second: 10,000 take half a millisecond, a hundred thousand would block everything else.
    this.#open = db.prepare(`select seq, id, app, key_id, expires_at from messages
      where state = 'open' and (expires_at, seq) > (?, ?) order by expires_at, seq limit ?`)
    this.#late = db.prepare(`select count(*) as due from (select 1 ${late} limit 10000)`)
  }

  one(id: string, { apps, now }: MessageQuery): MessageDetail | undefined {
    const row = this.#byId.get(id)
    if (row === undefined || (apps !== "all" && !apps.includes(text(row, "app")))) return undefined
    const [warnings, trace] = [optionalText(row, "warnings"), optionalText(row, "trace")]
    return {
      ...toSummary(row, now),
      partCount: integer(row, "part_count"),
      partsSent: integer(row, "parts_sent"),
      warnings: warnings === undefined ? [] : parseOwn(warnings),
      ...(trace !== undefined && { trace }),
      ...otherOf(row),
    }
  }

  async page(query: MessagesQuery): Promise<Page<MessageSummary>> {
    const before = query.cursor === undefined ? LAST : fromCursor(query.cursor)
    if (before === undefined) return { items: [], nextCursor: undefined }
    const keys: ListKey[] = []
    for (const app of this.#appsIn(query.apps)) keys.push(...(await this.#lists.keysOf(app, query, before)))
    keys.sort(newestFirst)
    const page = toPage(keys, query.limit, ([at, seq]) => toCursor(at, seq))
    const items = page.items.flatMap(([, seq]) => {
      const row = this.#bySeq.get(seq)
      return row === undefined ? [] : toSummary(row, query.now)
    })
    return { items, nextCursor: page.nextCursor }
  }

  /** Some at a time: those of one key may be few among very many. */
  async unfinishedOf({ of, limit, cursor }: PageQuery & { readonly of: Whose }): Promise<Page<string>> {
    const ids: string[] = []
    let from = cursor === undefined ? FIRST : fromCursor(cursor)
    while (from !== undefined && ids.length < limit) {
      const rows: readonly Row[] = this.#open.all(...from, Math.min(limit - ids.length, ROWS_PER_TURN))
      for (const row of rows) {
        const isTheirs = "app" in of ? text(row, "app") === of.app : text(row, "key_id") === of.keyId
        if (isTheirs) ids.push(text(row, "id"))
      }
      const last = rows.at(-1)
      from = last === undefined ? undefined : [integer(last, "expires_at"), integer(last, "seq")]
      await immediate()
    }
    return { items: ids, nextCursor: from === undefined ? undefined : toCursor(...from) }
  }

  async backlog(now: number): Promise<readonly BacklogView[]> {
    const views: BacklogView[] = []
    let counted = 0
    for (const { app, priority, unfinished } of this.#backlog.groups()) {
      const rank = PRIORITIES.indexOf(priority)
      const since = optionalInteger(this.#oldestLate.get(app, rank, now) ?? {}, "since") ?? now
      const due = integer(this.#late.get(app, rank, now) ?? { due: 0 }, "due")
      views.push({ app, priority, unfinished, due, oldestDueMs: now - since })
      counted += due + 100
      if (counted < COUNTED_PER_TURN) continue
      counted = 0
      await immediate()
    }
    return views
  }

  #appsIn(scope: AppScope): readonly string[] {
    return scope === "all" ? this.#apps.all().map((row) => text(row, "app")) : [...new Set(scope)]
  }
}

const LAST: ListKey = [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]
/** Before all of them. */
const FIRST: readonly [number, number] = [-1, -1]
/** Two milliseconds of reading. */
const ROWS_PER_TURN = 250
const COUNTED_PER_TURN = 50_000
