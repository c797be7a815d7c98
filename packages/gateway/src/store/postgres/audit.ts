import { storableText } from "@wecom-push/protocol"
import { sql } from "kysely"
import type { AuditEntry, AuditExtent, AuditLog } from "../../model/ports/audit.ts"
import type { AppScope, Page, PageQuery } from "../../model/ports/reader.ts"
import { rowsPast, toEntry } from "../audit-trail.ts"
import type { AuditBounds, ListedEntry } from "../audit-trail.ts"
import { fromCursor, toCursor, toPage } from "../../model/ports/page-cursor.ts"
import { integer, optionalInteger } from "../row.ts"
import type { Row } from "../row.ts"
import type { Transactions } from "./transactions.ts"

/** The database itself refuses changes of entries, and all deletions except those that it counts. */
export class PostgresAudit implements AuditLog {
  readonly #transactions: Transactions

  constructor(transactions: Transactions) {
    this.#transactions = transactions
  }

  async append(entries: readonly AuditEntry[]): Promise<void> {
    if (entries.length === 0) return
    const rows = entries.map(({ at, actor, from, action, target, detail, apps }, index) => ({
      nth: index + 1,
      at,
      actor: storableText(actor),
      peer: from === undefined ? null : storableText(from),
      action,
      target: target === undefined ? null : storableText(target),
      detail: JSON.stringify(detail),
      apps: apps === "all" ? null : apps,
    }))
    // The holder of the extent gives the next numbers, and no other does before the commit.
    await this.#transactions.single((db) =>
      sql`with extent as (
          update wecom_push.audit_extent set last_id = last_id + ${rows.length} returning last_id - ${rows.length} as before
        )
        insert into wecom_push.audit (id, at, actor, peer, action, target, detail, apps)
        select before + nth, at, actor, peer, action, target, detail, apps
        from extent, json_to_recordset(${JSON.stringify(rows)}::json) as entry(
          nth integer, at bigint, actor text, peer text, action text, target text, detail text, apps text[]
        )`.execute(db),
    )
  }

  async list({ limit, cursor, apps }: PageQuery & { readonly apps: AppScope }): Promise<Page<ListedEntry>> {
    const [before] = cursor === undefined ? [Number.MAX_SAFE_INTEGER] : (fromCursor(cursor) ?? [0])
    const isAbout = apps === "all" ? sql`true` : sql`apps <@ ${apps}::text[]`
    const { rows } = await this.#transactions.read((db) =>
      sql<Row>`select id, at, actor, peer, action, target, detail from wecom_push.audit
        where id < ${before} and ${isAbout} order by id desc limit ${limit + 1}`.execute(db),
    )
    return toPage(rows.map(toEntry), limit, ({ id }) => toCursor(id, 0))
  }

  async extent(): Promise<AuditExtent> {
    const { rows } = await this.#transactions.read((db) =>
      sql<Row>`select last_id, deleted_to, deleted_until from wecom_push.audit_extent`.execute(db),
    )
    const row = rows[0] ?? {}
    const entries = integer(row, "deleted_to")
    return {
      entries: countOf(row),
      deleted: entries === 0 ? undefined : { entries, until: optionalInteger(row, "deleted_until") ?? 0 },
    }
  }

  /** Deletes at most `limit` entries past the bounds, oldest first, and records it. @returns how many */
  prune(bounds: AuditBounds): Promise<number> {
    return this.#transactions.run(async (tx) => {
      const { rows: extents } = await sql<Row>`select last_id, deleted_to from wecom_push.audit_extent
        for update`.execute(tx)
      const { rows: oldest } = await sql<Row>`select id, at from wecom_push.audit
        order by id limit ${bounds.limit}`.execute(tx)
      const past = rowsPast(oldest, countOf(extents[0] ?? {}), bounds)
      if (past.count === 0) return 0
      await sql`update wecom_push.audit_extent
        set deleted_to = ${past.lastId}, deleted_until = greatest(deleted_until, ${past.until})`.execute(tx)
      await sql`delete from wecom_push.audit where id <= ${past.lastId}`.execute(tx)
      return past.count
    })
  }
}

/** Ids have no gaps, and only the first are deleted. */
function countOf(extent: Row): number {
  return integer(extent, "last_id") - integer(extent, "deleted_to")
}
