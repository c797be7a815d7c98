import type { MoveMark } from "./move-mark.ts"
import type { Cell, MovedTable } from "./moved-tables.ts"

/** Rows in the order of their key; `last` is the key of the last row, and undefined at the end. */
export interface Slice {
  /** The values of each row are in the order of the table's column names. */
  readonly rows: readonly (readonly Cell[])[]
  readonly last: readonly Cell[] | undefined
}

/** The settings and counters of a whole database. */
export interface MovedSettings {
  readonly auditLast: number
  readonly auditDeletedTo: number
  readonly auditDeletedUntil: number | null
  readonly restoredAt: number | null
  /** Events that restores have lost, as stored. */
  readonly lostEvents: string | null
}

export interface MovedFile {
  readonly sha256: string
  readonly bytes: number
}

/** One of the two databases of a move: until it is disposed of, no gateway works on it or starts. */
export interface MoveSide extends AsyncDisposable {
  readonly kind: "sqlite" | "postgres"
  /** The side's name, without secrets. */
  readonly shown: string
  mark(): Promise<MoveMark | undefined>
  /** Resolves when the mark is on the disk. */
  setMark(mark: MoveMark | undefined): Promise<void>
  isEmpty(): Promise<boolean>
  read(table: MovedTable, after: readonly Cell[] | undefined): Promise<Slice>
  /** Commits all rows and the mark, or none of them. */
  write(table: MovedTable, rows: readonly (readonly Cell[])[], mark: MoveMark): Promise<void>
  /** The files that media refer to, in the order of their hashes. */
  files(after: string | undefined): Promise<readonly MovedFile[]>
  /** Undefined when it is missing, or its length has changed. */
  readFile(file: MovedFile): Promise<Uint8Array | undefined>
  writeFile(file: MovedFile, data: Uint8Array): Promise<void>
  settings(): Promise<MovedSettings>
  writeSettings(settings: MovedSettings): Promise<void>
  /** Creates the rows that a gateway on this database needs and that no other database has. May be repeated. */
  prepare(source: MoveSide): Promise<void>
  /** Recent sends, for the windows of members. Only a SQLite file has this method. */
  recentSends?(since: number): AsyncIterable<SentTo>
  /** @throws {StartRefusal} `locked`: a gateway has begun to work on it */
  stillAlone(): Promise<void>
}

export interface SentTo {
  readonly agent: number
  readonly members: readonly string[]
  readonly at: number
}
