import type { DatabaseSync, StatementSync } from "node:sqlite"
import type { EventLog, EventType, StoredEvent } from "../../core/ports/events.ts"
import type { AppScope } from "../../core/ports/reader.ts"
import type { AfterCommit } from "./group-commit.ts"
import { integer, optionalText, parseOwn, text } from "./row.ts"
import type { Row } from "./row.ts"

export type NewEvent = Omit<StoredEvent, "id">

export class SqliteEvents implements EventLog {
  readonly #insert: StatementSync
  readonly #latest: StatementSync
  readonly #since: StatementSync
  readonly #sinceOfApps: StatementSync
  readonly #listeners = new Set<(event: StoredEvent) => void>()

  constructor(db: DatabaseSync) {
    this.#insert = db.prepare("insert into events (at, type, app, message, data) values (?, ?, ?, ?, ?)")
    this.#latest = db.prepare("select coalesce((select seq from sqlite_sequence where name = 'events'), 0) as id")
    this.#since = db.prepare("select * from events where id > ? order by id limit ?")
    this.#sinceOfApps = db.prepare(
      "select * from events where id > ? and app in (select value from json_each(?)) order by id limit ?",
    )
  }

  /** Inside a transaction. */
  write(event: NewEvent, after: AfterCommit): void {
    const { at, type, app, messageId, data } = event
    const { lastInsertRowid } = this.#insert.run(at, type, app, messageId ?? null, JSON.stringify(data))
    if (this.#listeners.size > 0) after(() => this.#tell({ id: Number(lastInsertRowid), ...event }))
  }

  latest(): Promise<number> {
    return Promise.try(() => integer(this.#latest.get() ?? {}, "id"))
  }

  since(
    id: number,
    { limit, apps }: { readonly limit: number; readonly apps: AppScope },
  ): Promise<readonly StoredEvent[]> {
    return Promise.try(() => {
      const rows = apps === "all" ? this.#since.all(id, limit) : this.#sinceOfApps.all(id, JSON.stringify(apps), limit)
      return rows.map(toEvent)
    })
  }

  subscribe(listener: (event: StoredEvent) => void): () => void {
    // Wrapped, so that one function may subscribe twice.
    const subscription = (event: StoredEvent): void => listener(event)
    this.#listeners.add(subscription)
    return () => this.#listeners.delete(subscription)
  }

  #tell(event: StoredEvent): void {
    for (const listener of this.#listeners) listener(event)
  }
}

function toEvent(row: Row): StoredEvent {
  return {
    id: integer(row, "id"),
    at: integer(row, "at"),
    type: parseEventType(text(row, "type")),
    app: text(row, "app"),
    messageId: optionalText(row, "message"),
    data: parseOwn(text(row, "data")),
  }
}

function parseEventType(type: string): EventType {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `write` takes no other
  return type as EventType
}
