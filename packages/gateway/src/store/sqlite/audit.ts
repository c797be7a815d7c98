import type { DatabaseSync, StatementSync } from "node:sqlite"
import type { AuditEntry } from "../../model/ports/audit.ts"
import type { AppScope } from "../../model/ports/reader.ts"
import type { AuditTables } from "../cold/audit.ts"
import type { PastRows } from "../cold/audit-rows.ts"
import { query } from "../cold/work.ts"
import type { Work } from "../cold/work.ts"
import { mergeRows } from "./merge-rows.ts"
import { integer, optionalText, parseOwn, text } from "../row.ts"
import type { Row } from "../row.ts"
import { firstOf } from "./searches.ts"
import type { Search } from "./searches.ts"

export class SqliteAuditTables implements AuditTables {
  readonly #page: StatementSync
  readonly #groups: StatementSync
  readonly #ofGroup: StatementSync
  readonly #last: StatementSync

  constructor(db: DatabaseSync) {
    this.#page = db.prepare("select * from audit where id < ? order by id desc limit ?")
    // Jumps from group to group in the index instead of reading every entry.
    this.#groups = db.prepare(`with recursive found (apps) as (
      select min(apps) from audit where apps >= ?1 and apps < ?2 union all
      select (select min(apps) from audit where apps > found.apps and apps < ?2) from found where found.apps is not null
    ) select apps from found where apps is not null`)
    this.#ofGroup = db.prepare("select * from audit where apps = ? and id < ? order by id desc limit ?")
    this.#last = db.prepare("select coalesce(max(id), 0) as id from audit")
  }

  *append(entries: readonly AuditEntry[]): Work<void> {
    for (const { at, actor, from = null, action, target = null, detail, apps } of entries) {
      yield* query`insert into audit (at, actor, peer, action, target, detail, apps) values
        (${at}, ${actor}, ${from}, ${action}, ${target}, ${JSON.stringify(detail)}, ${JSON.stringify(apps)})`
    }
  }

  /** Ids have no gaps: they are given in the order of writing, and only the first are deleted. */
  *extent(find: typeof query): Work<readonly Row[]> {
    return yield* find`select
      coalesce((select max(id) from audit), 0) - coalesce((select min(id) from audit), 1) + 1 as entries,
      (select value from meta where name = 'audit_deleted_count') as deleted,
      (select value from meta where name = 'audit_deleted_until') as until`
  }

  *noteDeleted({ lastId, count, until }: PastRows): Work<void> {
    yield* query`update meta set value = case name
        when 'audit_deleted_to' then ${lastId}
        when 'audit_deleted_count' then value + ${count}
        else max(coalesce(value, 0), ${until}) end
      where name in ('audit_deleted_to', 'audit_deleted_count', 'audit_deleted_until')`
  }

  about(scope: readonly string[], before: number, limit: number): Promise<readonly Row[]> {
    const held = new Set(scope)
    // Entries written meanwhile are left out, or an earlier one could be missing.
    const from = Math.min(before, integer(this.#last.get() ?? {}, "id") + 1)
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
