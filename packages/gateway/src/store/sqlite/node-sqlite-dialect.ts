import type { DatabaseSync, SQLInputValue } from "node:sqlite"
import { SqliteAdapter, SqliteDialect } from "kysely"
import type { DialectAdapter, SqliteStatement } from "kysely"

/** Kysely over an open `DatabaseSync`, which stays open: for migrations. */
export class NodeSqliteDialect extends SqliteDialect {
  constructor(db: DatabaseSync) {
    super({ database: { prepare: (sql) => statementOf(db, sql), close: () => undefined } })
  }

  override createAdapter(): DialectAdapter {
    return new TransactionalDdlAdapter()
  }
}

/** SQLite rolls schema changes back with the rest; without this a failed migration would leave its first half. */
class TransactionalDdlAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

/** With the interface of the library that Kysely's dialect is written for. */
function statementOf(db: DatabaseSync, sql: string): SqliteStatement {
  const statement = db.prepare(sql)
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...known(parameters)),
    run: (parameters) => {
      // On a full disk SQLite has rolled back by itself, and the error of a second rollback would hide the cause.
      if (sql === "rollback" && !db.isTransaction) return { changes: 0, lastInsertRowid: 0 }
      return statement.run(...known(parameters))
    },
    iterate: (parameters) => statement.iterate(...known(parameters)),
  }
}

/** The statement itself refuses a type that SQLite lacks, and names it. */
function known(parameters: readonly unknown[]): SQLInputValue[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- checked by node:sqlite
  return parameters as SQLInputValue[]
}
