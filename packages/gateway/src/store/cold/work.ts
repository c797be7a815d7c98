import type { NewEvent } from "../../model/ports/events.ts"
import type { Row } from "../row.ts"

/** A statement that both databases understand. Its tables are in the schema of PostgreSQL: SQLite has none. */
interface Statement {
  /**
   * The literal parts of the statement; each place in the sources has its own array, by which a prepared statement is
   * found again.
   */
  readonly parts: TemplateStringsArray
  readonly values: readonly unknown[]
  /** Locks the rows until the end of the change. SQLite makes one change at a time anyway. */
  readonly locksRows?: "update" | "no key update"
}

type Value = string | number | boolean | null

/**
 * The work of a store with a database: it yields statements and gets their rows. A change on SQLite shares a commit
 * with other changes, and so cannot wait for anything; on PostgreSQL each statement is waited for.
 */
export type Work<T> = Generator<Step, T, readonly Row[]>

export type Step = Statement | readonly NewEvent[] | Afterwards

interface Afterwards {
  readonly effect: () => void
}

/** @returns the rows of a statement */
export function* query(parts: TemplateStringsArray, ...values: readonly Value[]): Work<readonly Row[]> {
  return yield { parts, values }
}

/** The same, but locks the rows: they are to be changed depending on their content. */
export function* lock(parts: TemplateStringsArray, ...values: readonly Value[]): Work<readonly Row[]> {
  return yield { parts, values, locksRows: "update" }
}

/** The same, but does not wait for transactions that only need the row to stay, as an accept needs its app. */
export function* lockBesideAccepts(parts: TemplateStringsArray, ...values: readonly Value[]): Work<readonly Row[]> {
  return yield { parts, values, locksRows: "no key update" }
}

/** The last step of a change: the nodes of a database write events one after another. */
export function* report(events: readonly NewEvent[]): Work<void> {
  yield events
}

/** Defers an effect outside the database until the change is committed: before, it may be rolled back. */
export function* afterwards(effect: () => void): Work<void> {
  yield { effect }
}

/** The row of a statement that always has one. */
export function onlyRow([row]: readonly Row[]): Row {
  if (row === undefined) throw new Error("a row was expected")
  return row
}

export type Door = "callback"

export interface Use {
  readonly id: string
  readonly at: number
}

/** A database for records that are read and changed seldom, with one set of statements for all databases. */
export interface ColdDatabase {
  /** @throws {StorageError} */
  read<T>(work: () => Work<T>): Promise<T>
  /**
   * Also waits until everything that it has read is on the disk, where a power failure cannot undo it.
   * @throws {StorageError}
   */
  readDurable<T>(work: () => Work<T>): Promise<T>
  /**
   * A change of a single statement.
   * @param name as in `change`; without it the changes come in any order
   * @throws {StorageError} when it could not be stored
   */
  write<T>(work: () => Work<T>, name?: string): Promise<T>
  /**
   * A change, whole or not at all. May be repeated from its beginning.
   * @param name changes of one name come one after another, in the order of the calls
   * @param door where new work came in: it is refused first when space runs out, and its points are published
   * @throws {StorageError} when it could not be stored
   */
  change<T>(name: string, work: () => Work<T>, door?: Door): Promise<T>
  /** The same, for changes that no other node may make meanwhile. */
  changeAlone<T>(name: "apps" | "chats", work: () => Work<T>): Promise<T>
  /** Notes when rows of a table were last used; never moves a time back. PostgreSQL locks the rows in one order. */
  noteUses(table: "keys" | "sources", uses: readonly Use[]): Promise<void>
}
