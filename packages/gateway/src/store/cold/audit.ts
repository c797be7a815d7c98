import type { AuditEntry, AuditExtent, AuditLog } from "../../model/ports/audit.ts"
import { fromCursor, toCursor, toPage } from "../../model/ports/page-cursor.ts"
import type { AppScope, Page, PageQuery } from "../../model/ports/reader.ts"
import { integer, optionalInteger } from "../row.ts"
import type { Row } from "../row.ts"
import { rowsPast, toEntry } from "./audit-rows.ts"
import type { AuditBounds, ListedEntry, PastRows } from "./audit-rows.ts"
import { lock, onlyRow, query } from "./work.ts"
import type { ColdDatabase, Work } from "./work.ts"

/**
 * The parts that each database does in its own way: numbering entries without a gap, and finding entries by their apps.
 */
export interface AuditTables {
  append(entries: readonly AuditEntry[]): Work<void>
  /**
   * How many `entries` there are, how many were `deleted`, and `until` when these were written.
   * @param find reads them, or locks them for a change
   */
  extent(find: typeof query): Work<readonly Row[]>
  noteDeleted(past: PastRows): Work<void>
  /** Entries about no other apps than these, newest first, with numbers below `before`. */
  about(apps: readonly string[], before: number, limit: number): Promise<readonly Row[]>
}

/** The database itself refuses changes of entries, and all deletions except those that it counts. */
export class Audit implements AuditLog {
  readonly #db: ColdDatabase
  readonly #tables: AuditTables

  constructor(db: ColdDatabase, tables: AuditTables) {
    this.#db = db
    this.#tables = tables
  }

  async append(entries: readonly AuditEntry[]): Promise<void> {
    if (entries.length > 0) await this.#db.write(() => this.#tables.append(entries))
  }

  async list({ limit, cursor, apps }: PageQuery & { readonly apps: AppScope }): Promise<Page<ListedEntry>> {
    const [before] = cursor === undefined ? [Number.MAX_SAFE_INTEGER] : (fromCursor(cursor) ?? [0])
    const rows =
      apps === "all"
        ? await this.#db.read(
            () => query`select * from wecom_push.audit where id < ${before} order by id desc limit ${limit + 1}`,
          )
        : await this.#tables.about(apps, before, limit + 1)
    return toPage(rows.map(toEntry), limit, ({ id }) => toCursor(id, 0))
  }

  async extent(): Promise<AuditExtent> {
    const row = onlyRow(await this.#db.read(() => this.#tables.extent(query)))
    const deleted = integer(row, "deleted")
    return {
      entries: integer(row, "entries"),
      deleted: deleted === 0 ? undefined : { entries: deleted, until: optionalInteger(row, "until") ?? 0 },
    }
  }

  /** Deletes at most `limit` entries past the bounds, oldest first, and records it. @returns how many */
  prune(bounds: AuditBounds): Promise<number> {
    const tables = this.#tables
    return this.#db.change("audit", function* () {
      const extent = onlyRow(yield* tables.extent(lock))
      const oldest = yield* query`select id, at from wecom_push.audit order by id limit ${bounds.limit}`
      const past = rowsPast(oldest, integer(extent, "entries"), bounds)
      if (past.count === 0) return 0
      yield* tables.noteDeleted(past)
      yield* query`delete from wecom_push.audit where id <= ${past.lastId}`
      return past.count
    })
  }
}
