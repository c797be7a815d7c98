import type { DatabaseSync, StatementSync } from "node:sqlite"
import type { AuditEntry, AuditLog } from "../../core/ports/audit.ts"
import type { Page, PageQuery } from "../../core/ports/reader.ts"
import { fromCursor, toCursor, toPage } from "../page-cursor.ts"
import type { GroupCommit } from "./group-commit.ts"
import { integer, optionalText, parseOwn, text } from "./row.ts"
import type { Row } from "./row.ts"

/** The database itself refuses changes of what is there, by triggers. */
export class SqliteAudit implements AuditLog {
  readonly #commit: GroupCommit
  readonly #insert: StatementSync
  readonly #page: StatementSync

  constructor(db: DatabaseSync, commit: GroupCommit) {
    this.#commit = commit
    this.#insert = db.prepare("insert into audit (at, actor, peer, action, target, detail) values (?, ?, ?, ?, ?, ?)")
    this.#page = db.prepare("select * from audit where id < ? order by id desc limit ?")
  }

  append(entries: readonly AuditEntry[]): Promise<void> {
    return this.#commit.submit({
      kind: "inside",
      work: () => {
        for (const { at, actor, from, action, target, detail } of entries) {
          this.#insert.run(at, actor, from ?? null, action, target ?? null, JSON.stringify(detail))
        }
      },
    })
  }

  list({ limit, cursor }: PageQuery): Promise<Page<AuditEntry & { readonly id: number }>> {
    return Promise.try(() => {
      const [before] = cursor === undefined ? [Number.MAX_SAFE_INTEGER] : (fromCursor(cursor) ?? [0])
      return toPage(this.#page.all(before, limit + 1).map(toEntry), limit, ({ id }) => toCursor(id, 0))
    })
  }
}

function toEntry(row: Row): AuditEntry & { readonly id: number } {
  return {
    id: integer(row, "id"),
    at: integer(row, "at"),
    actor: text(row, "actor"),
    from: optionalText(row, "peer"),
    action: text(row, "action"),
    target: optionalText(row, "target"),
    detail: parseOwn(text(row, "detail")),
  }
}
