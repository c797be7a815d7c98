import { sql } from "kysely"
import type { RawBuilder } from "kysely"
import type { MessageState } from "@wecom-push/protocol/delivery"
import type {
  BacklogView,
  MessageDetail,
  MessageQuery,
  MessageReader,
  MessagesQuery,
  MessageSummary,
  Page,
  PageQuery,
  Whose,
} from "../../model/ports/reader.ts"
import { otherOf, toPriority } from "../message-row.ts"
import { toSummary } from "../message-view.ts"
import { partsSql } from "../pack-parts.ts"
import { fromCursor, toCursor, toPage } from "../../model/ports/page-cursor.ts"
import { integer, optionalText, parseOwn, text } from "../row.ts"
import type { Row } from "../row.ts"
import { CallReader } from "./call-reader.ts"
import type { Database } from "./connection.ts"
import { pageOfRecipients } from "./recipient-reader.ts"
import type { Transactions } from "./transactions.ts"
import { UNFINISHED } from "./unfinished.ts"
import type { Unfinished } from "./unfinished.ts"

export interface ReaderDeps {
  readonly transactions: Transactions
  readonly unfinished: Unfinished
  /** Number of this node. */
  readonly node: number
}

export function postgresReader({ transactions, unfinished, node }: ReaderDeps): MessageReader {
  const calls = new CallReader(node)
  return {
    message: (id, query) => transactions.read((db) => oneMessage(db, id, query)),
    messages: (query) => transactions.read((db) => pageOfMessages(db, query)),
    recipients: (query) => transactions.read((db) => pageOfRecipients(db, query)),
    attempts: (query) => transactions.read((db) => calls.attempts(db, query)),
    calls: (query) => transactions.read((db) => calls.calls(db, query)),
    unfinished: () => unfinished.byHolder(),
    unfinishedOf: (query) => transactions.read((db) => pageOfUnfinished(db, query)),
    backlog: (now) => transactions.read((db) => readBacklog(db, now)),
  }
}

const columns =
  sql.raw(`messages.seq, messages.id, messages.app, state, priority, accepted_at, send_at, expires_at, clock_set, expiry_moves,
  finished_at, recipients, counts, key_id, msgtype, order_key, behind, problem,
  (select coalesce(max(number), 0) from wecom_push.calls where message = messages.seq) as call_count`)

async function oneMessage(db: Database, id: string, { apps, now }: MessageQuery): Promise<MessageDetail | undefined> {
  const { rows } =
    await sql<Row>`select ${columns}, warnings, trace, otherwise, ${sql.raw(partsSql("chr(30)", "wecom_push.calls"))}
    from wecom_push.messages where id = ${id}`.execute(db)
  const [row] = rows
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

async function pageOfMessages(db: Database, query: MessagesQuery): Promise<Page<MessageSummary>> {
  const { apps, state, since = 0, limit, now, cursor } = query
  const before = cursor === undefined ? LAST : fromCursor(cursor)
  if (before === undefined) return { items: [], nextCursor: undefined }
  const wanted = apps === "all" ? allApps : sql`select unnest(${[...new Set(apps)]}::text[]) as app`
  // A page of each app, by its index, whatever the others have.
  const { rows } = await sql<Row>`with wanted as (${wanted})
    select ${columns} from wanted cross join lateral (
      select * from wecom_push.messages
      where messages.app = wanted.app and accepted_at >= ${since} and (accepted_at, seq) < (${before[0]}, ${before[1]})
        and ${state === undefined ? sql`true` : isInState(state, now)}
      order by accepted_at desc, seq desc limit ${limit + 1}
    ) as messages order by accepted_at desc, seq desc limit ${limit + 1}`.execute(db)
  const page = toPage(rows, limit, (row) => toCursor(integer(row, "accepted_at"), integer(row, "seq")))
  return { items: page.items.map((row) => toSummary(row, now)), nextCursor: page.nextCursor }
}

const LAST = [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER] as const

/** Jumps from app to app in the index instead of reading every message. */
const allApps = sql`select app from (
  with recursive found as (
    select min(app) as app from wecom_push.messages union all
    select (select min(messages.app) from wecom_push.messages where messages.app > found.app)
    from found where found.app is not null
  ) select app from found where app is not null
) as apps`

function isInState(state: MessageState, now: number): RawBuilder<unknown> {
  const hasCalls = sql`exists (select 1 from wecom_push.calls where message = messages.seq)`
  // Two conditions, so that the planner uses the index of messages that are not sent.
  const open = sql`state = 'open' and state <> 'sent'`
  if (state === "scheduled") return sql`${open} and send_at > ${now} and not ${hasCalls}`
  if (state === "queued") return sql`${open} and send_at <= ${now} and not ${hasCalls}`
  if (state === "sending") return sql`${open} and ${hasCalls}`
  return state === "sent" ? sql`state = 'sent'` : sql`state = ${state} and state <> 'sent'`
}

async function pageOfUnfinished(
  db: Database,
  { of, limit, cursor }: PageQuery & { readonly of: Whose },
): Promise<Page<string>> {
  const after = cursor === undefined ? [-1, -1] : fromCursor(cursor)
  if (after === undefined) return { items: [], nextCursor: undefined }
  const isTheirs = "app" in of ? sql`app = ${of.app}` : sql`key_id = ${of.keyId}`
  const { rows } = await sql<{ seq: number; id: string; expires_at: number }>`
    select seq, id, expires_at from wecom_push.messages
    where state = 'open' and (expires_at, seq) > (${after[0]}, ${after[1]}) and ${isTheirs}
    order by expires_at, seq limit ${limit + 1}`.execute(db)
  const page = toPage(rows, limit, ({ expires_at: expiresAt, seq }) => toCursor(expiresAt, seq))
  return { items: page.items.map(({ id }) => id), nextCursor: page.nextCursor }
}

async function readBacklog(db: Database, now: number): Promise<readonly BacklogView[]> {
  const { rows } = await sql<Row>`
    with groups as (
      select app, priority, sum(unfinished)::bigint as unfinished from (${UNFINISHED}) as held group by app, priority
    )
    select app, priority, unfinished, late.since, late.due from groups cross join lateral (
      select count(*) as due, min(since) as since from (
        select coalesce(reopened_at, send_at) as since from wecom_push.messages
        where state = 'open' and not behind and messages.app = groups.app and messages.priority = groups.priority
          and coalesce(reopened_at, send_at) <= ${now}
        order by coalesce(reopened_at, send_at) limit 10000
      ) as overdue
    ) as late order by app, priority`.execute(db)
  return rows.map((row) => ({
    app: text(row, "app"),
    priority: toPriority(row),
    unfinished: integer(row, "unfinished"),
    due: integer(row, "due"),
    oldestDueMs: row["since"] === null ? 0 : now - integer(row, "since"),
  }))
}
