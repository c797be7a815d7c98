import type { DatabaseSync, SQLInputValue } from "node:sqlite"
import { SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from "kysely"
import type { CompiledQuery, DatabaseConnection, Dialect, Driver, QueryResult } from "kysely"

/** Kysely over an open `DatabaseSync`: for migrations, so one connection and no streaming. */
export function nodeSqliteDialect(db: DatabaseSync): Dialect {
  return {
    createAdapter: () => new TransactionalDdlAdapter(),
    createDriver: () => new NodeSqliteDriver(db),
    createIntrospector: (kysely) => new SqliteIntrospector(kysely),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  }
}

/** SQLite rolls schema changes back with the rest; without this a failed migration would leave its first half. */
class TransactionalDdlAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

class NodeSqliteDriver implements Driver {
  readonly #connection: NodeSqliteConnection

  constructor(db: DatabaseSync) {
    this.#connection = new NodeSqliteConnection(db)
  }

  init(): Promise<void> {
    return Promise.resolve()
  }

  acquireConnection(): Promise<DatabaseConnection> {
    return Promise.resolve(this.#connection)
  }

  async beginTransaction(): Promise<void> {
    await this.#connection.run("begin immediate")
  }

  async commitTransaction(): Promise<void> {
    await this.#connection.run("commit")
  }

  async rollbackTransaction(): Promise<void> {
    await this.#connection.run("rollback")
  }

  releaseConnection(): Promise<void> {
    return Promise.resolve()
  }

  /** The database belongs to whoever opened it. */
  destroy(): Promise<void> {
    return Promise.resolve()
  }
}

class NodeSqliteConnection implements DatabaseConnection {
  readonly #db: DatabaseSync

  constructor(db: DatabaseSync) {
    this.#db = db
  }

  run(sql: string): Promise<void> {
    return Promise.try(() => this.#db.exec(sql))
  }

  executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    return Promise.try(() => {
      const statement = this.#db.prepare(query.sql)
      const parameters = query.parameters.map(toSqlite)
      if (statement.columns().length > 0) {
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the row type is Kysely's claim about its query
        return { rows: statement.all(...parameters) as R[] }
      }
      const { changes, lastInsertRowid } = statement.run(...parameters)
      return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) }
    })
  }

  // oxlint-disable-next-line require-yield -- an async iterable that refuses is what Kysely asks of a driver without streaming
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error("streaming is not supported")
  }
}

function toSqlite(value: unknown): SQLInputValue {
  if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "bigint")
    return value
  if (typeof value === "boolean") return value ? 1 : 0
  if (value instanceof Date) return value.getTime()
  if (value instanceof Uint8Array) return value
  throw new TypeError(`SQLite cannot store a ${typeof value}`)
}
