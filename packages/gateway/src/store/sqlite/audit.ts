import type { DatabaseSync, StatementSync } from "node:sqlite"
import type { AuditEntry, AuditExtent, AuditLog } from "../../model/ports/audit.ts"
import type { AppScope, Page, PageQuery } from "../../model/ports/reader.ts"
import { rowsPast, toEntry } from "../audit-trail.ts"
import type { AuditBounds, ListedEntry } from "../audit-trail.ts"
import { fromCursor, toCursor, toPage } from "../../model/ports/page-cursor.ts"
import type { GroupCommit } from "./group-commit.ts"
import { mergeRows } from "./merge-rows.ts"
import { integer, optionalInteger, optionalText, parseOwn, text } from "../row.ts"
import type { Row } from "../row.ts"
import { firstOf } from "./searches.ts"
import type { Search } from "./searches.ts"

/** The database itself refuses changes of entries, and all deletions except those that it counts. */
export class SqliteAudit implements AuditLog {
  readonly #commit: GroupCommit
  readonly #insert: StatementSync
  readonly #page: StatementSync
  readonly #groups: StatementSync
  readonly #ofGroup: StatementSync
  readonly #ends: StatementSync
  readonly #deleted: StatementSync
  readonly #oldest: StatementSync
  readonly #setMeta: StatementSync
  readonly #delete: StatementSync

  constructor(db: DatabaseSync, commit: GroupCommit) {
    this.#commit = commit
    this.#insert = db.prepare(
      "insert into audit (at, actor, peer, action, target, detail, apps) values (?, ?, ?, ?, ?, ?, ?)",
    )
    this.#page = db.prepare("select * from audit where id < ? order by id desc limit ?")
    // Jumps from group to group in the index instead of reading every entry.
    this.#groups = db.prepare(`with recursive found (apps) as (
      select min(apps) from audit where apps >= ?1 and apps < ?2 union all
      select (select min(apps) from audit where apps > found.apps and apps < ?2) from found where found.apps is not null
    ) select apps from found where apps is not null`)
    this.#ofGroup = db.prepare("select * from audit where apps = ? and id < ? order by id desc limit ?")
    this.#ends = db.prepare(
      "select coalesce((select min(id) from audit), 1) as first, coalesce((select max(id) from audit), 0) as last",
    )
    this.#deleted = db.prepare(`select
      (select value from meta where name = 'audit_deleted_count') as entries,
      (select value from meta where name = 'audit_deleted_until') as until`)
    this.#oldest = db.prepare("select id, at from audit order by id limit ?")
    this.#setMeta = db.prepare("update meta set value = ? where name = ?")
    this.#delete = db.prepare("delete from audit where id <= ?")
  }

  append(entries: readonly AuditEntry[]): Promise<void> {
    return this.#commit.submit({
      kind: "inside",
      work: () => {
        for (const { at, actor, from, action, target, detail, apps } of entries) {
          this.#insert.run(
            at,
            actor,
            from ?? null,
            action,
            target ?? null,
            JSON.stringify(detail),
            JSON.stringify(apps),
          )
        }
      },
    })
  }

  async list({ limit, cursor, apps }: PageQuery & { readonly apps: AppScope }): Promise<Page<ListedEntry>> {
    const [before] = cursor === undefined ? [Number.MAX_SAFE_INTEGER] : (fromCursor(cursor) ?? [0])
    const rows = apps === "all" ? this.#page.all(before, limit + 1) : await this.#find(before, limit + 1, apps)
    return toPage(rows.map(toEntry), limit, ({ id }) => toCursor(id, 0))
  }

  extent(): Promise<AuditExtent> {
    return Promise.try(() => {
      const row = this.#deleted.get() ?? {}
      const entries = integer(row, "entries")
      return {
        entries: this.#count(),
        deleted: entries === 0 ? undefined : { entries, until: optionalInteger(row, "until") ?? 0 },
      }
    })
  }

  /** Deletes at most `limit` entries past the bounds, oldest first, and records it. @returns how many */
  prune(bounds: AuditBounds): Promise<number> {
    return this.#commit.submit({
      kind: "inside",
      work: () => {
        const past = rowsPast(this.#oldest.all(bounds.limit), this.#count(), bounds)
        if (past.count === 0) return 0
        const row = this.#deleted.get() ?? {}
        this.#setMeta.run(past.lastId, "audit_deleted_to")
        this.#setMeta.run(integer(row, "entries") + past.count, "audit_deleted_count")
        this.#setMeta.run(Math.max(optionalInteger(row, "until") ?? 0, past.until), "audit_deleted_until")
        this.#delete.run(past.lastId)
        return past.count
      },
    })
  }

  /** Ids have no gaps: they are given in the order of writing, and only the first are deleted. */
  #count(): number {
    const row = this.#ends.get() ?? {}
    return integer(row, "last") - integer(row, "first") + 1
  }

  #find(before: number, limit: number, scope: readonly string[]): Promise<readonly Row[]> {
    const held = new Set(scope)
    // Entries written meanwhile are left out, or an earlier one could be missing.
    const from = Math.min(before, integer(this.#ends.get() ?? {}, "last") + 1)
    // Group by group is slow for a key of many apps, entry by entry for a key of few: the faster search wins.
    return firstOf(this.#byGroup(from, limit, held), this.#byEntry(from, limit, held))
  }

  *#byGroup(from: number, limit: number, held: ReadonlySet<string>): Search<readonly Row[]> {
    const groups = [JSON.stringify([])]
    for (const [index, app] of [...held].entries()) {
      // Groups that begin with this app: from `["a"` to the last text that begins so.
      const beginning = JSON.stringify([app]).slice(0, -1)
      const found = this.#groups.all(beginning, `${beginning}~`).map((row) => text(row, "apps"))
      groups.push(...found.filter((group) => holdsAll(held, group)))
      if (index % APPS_PER_TURN === APPS_PER_TURN - 1) yield
    }
    const read = (group: string, id: number, batch: number): readonly Row[] => this.#ofGroup.all(group, id, batch)
    return yield* mergeRows(groups, { read, order: "descending", from, limit })
  }

  *#byEntry(from: number, limit: number, held: ReadonlySet<string>): Search<readonly Row[]> {
    const found: Row[] = []
    for (let last = from; ;) {
      const rows = this.#page.all(last, ENTRIES_PER_TURN)
      for (const row of rows) {
        last = integer(row, "id")
        if (holdsAll(held, optionalText(row, "apps"))) found.push(row)
        if (found.length === limit) return found
      }
      if (rows.length < ENTRIES_PER_TURN) return found
      yield
    }
  }
}

/** Two milliseconds of reading. */
const ENTRIES_PER_TURN = 250
const APPS_PER_TURN = 50

/** @param group as stored; undefined where the apps of an entry were not stored */
function holdsAll(held: ReadonlySet<string>, group: string | undefined): boolean {
  if (group === undefined) return false
  const apps = parseOwn<AppScope>(group)
  return apps !== "all" && apps.every((app) => held.has(app))
}
