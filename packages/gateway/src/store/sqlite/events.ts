import type { DatabaseSync, StatementSync } from "node:sqlite"
import type { EventLog, EventType, NewEvent, StoredEvent } from "../../model/ports/events.ts"
import type { AppScope } from "../../model/ports/reader.ts"
import type { AfterCommit, GroupCommit } from "./group-commit.ts"
import { firstIdAfter, isStillThere, LOST_EVENTS, lostSince, parseLost, withLost } from "../lost-events.ts"
import type { LostEvents } from "../lost-events.ts"
import { mergeRows } from "./merge-rows.ts"
import { integer, optionalText, parseOwn, text } from "../row.ts"
import type { Row } from "../row.ts"
import { atOnce } from "./searches.ts"

export class SqliteEvents implements EventLog {
  readonly #commit: GroupCommit
  readonly #insert: StatementSync
  readonly #insertFrom: StatementSync
  readonly #latest: StatementSync
  readonly #oldest: StatementSync
  readonly #since: StatementSync
  readonly #ofAppSince: StatementSync
  readonly #listeners = new Set<(event: StoredEvent) => void>()
  readonly #lost: readonly LostEvents[]
  /** Where ids begin after a restore; undefined once one of them is on the disk. */
  #from: number | undefined

  constructor(db: DatabaseSync, commit: GroupCommit) {
    this.#commit = commit
    this.#lost = lostIn(db)
    this.#insert = db.prepare(
      "insert into events (at, type, app, message, message_app, data) values (?, ?, ?, ?, ?, ?)",
    )
    this.#insertFrom = db.prepare(`insert into events (id, at, type, app, message, message_app, data)
      values (max(?1, coalesce((select max(id) from events), 0) + 1), ?2, ?3, ?4, ?5, ?6, ?7)`)
    this.#latest = db.prepare("select coalesce(max(id), 0) as id from events")
    this.#oldest = db.prepare("select coalesce(min(id), 0) as id from events")
    this.#since = db.prepare("select * from events where id > ? order by id limit ?")
    this.#ofAppSince = db.prepare(
      "select * from events indexed by events_of_app where app = ? and id > ? order by id limit ?",
    )
    this.#from = firstIdAfter(this.#lost)
  }

  /** Inside a transaction. */
  write(event: NewEvent, after: AfterCommit): void {
    const { at, type, app, messageId, messageApp, data } = event
    const row = [at, type, app, messageId ?? null, messageApp ?? null, JSON.stringify(data)] as const
    const from = this.#from
    const { lastInsertRowid } = from === undefined ? this.#insert.run(...row) : this.#insertFrom.run(from, ...row)
    if (from !== undefined) after(() => (this.#from = undefined))
    if (this.#listeners.size > 0) after(() => this.#notify({ id: Number(lastInsertRowid), ...event }))
  }

  latest(): Promise<number> {
    return this.#commit.durable(() => integer(this.#latest.get() ?? {}, "id"))
  }

  oldest(): Promise<number> {
    return this.#commit.durable(() => integer(this.#oldest.get() ?? {}, "id"))
  }

  isStillThere(id: number): Promise<boolean> {
    return this.#commit.durable(() => isStillThere(id, integer(this.#latest.get() ?? {}, "id"), this.#lost))
  }

  since(id: number, wanted: WantedEvents): Promise<readonly StoredEvent[]> {
    return this.#commit.durable(() => this.#find(id, wanted))
  }

  subscribe(listener: (event: StoredEvent) => void): () => void {
    // Wrapped, so that one function may subscribe twice.
    const subscription = (event: StoredEvent): void => listener(event)
    this.#listeners.add(subscription)
    return () => this.#listeners.delete(subscription)
  }

  #find(id: number, { limit, apps }: WantedEvents): readonly StoredEvent[] {
    if (apps === "all") return this.#since.all(id, limit).map(toEvent)
    const read = (app: string, after: number, batch: number): readonly Row[] => this.#ofAppSince.all(app, after, batch)
    // Synchronous: an event written between two parts could be left out, while a later one is returned.
    return atOnce(mergeRows([...new Set(apps)], { read, order: "ascending", from: id, limit })).map(toEvent)
  }

  #notify(event: StoredEvent): void {
    for (const listener of this.#listeners) listener(event)
  }
}

/** Called before anything is written: a backup does not contain the events that were sent after it. */
export function noteLostEvents(db: DatabaseSync): void {
  const { id } = db.prepare("select coalesce(max(id), 0) as id from events").get() ?? {}
  const stored = withLost(storedIn(db), lostSince(Number(id)))
  db.prepare("insert or replace into meta (name, value) values (?, ?)").run(LOST_EVENTS, stored)
}

function lostIn(db: DatabaseSync): readonly LostEvents[] {
  return parseLost(storedIn(db))
}

function storedIn(db: DatabaseSync): string | undefined {
  const row = db.prepare("select value from meta where name = ?").get(LOST_EVENTS)
  return row === undefined ? undefined : text(row, "value")
}

interface WantedEvents {
  readonly limit: number
  readonly apps: AppScope
}

function toEvent(row: Row): StoredEvent {
  const messageApp = optionalText(row, "message_app")
  return {
    id: integer(row, "id"),
    at: integer(row, "at"),
    type: parseEventType(text(row, "type")),
    app: text(row, "app"),
    messageId: optionalText(row, "message"),
    ...(messageApp !== undefined && { messageApp }),
    data: parseOwn(text(row, "data")),
  }
}

function parseEventType(type: string): EventType {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `write` takes no other
  return type as EventType
}
