import type { MoveMark } from "./move-mark.ts"
import type { Cell, MovedTable } from "./moved-tables.ts"

/** Rows in the order of their key; `last` is the key of the last of them, and undefined at the end. */
export interface Slice {
  /** By the names of the table's columns, in their order. */
  readonly rows: readonly (readonly Cell[])[]
  readonly last: readonly Cell[] | undefined
}

/** What a database says of all that is in it. */
export interface MovedSettings {
  readonly auditLast: number
  readonly auditDeletedTo: number
  readonly auditDeletedUntil: number | null
  readonly busyMembersFrom: number | null
  readonly restoredAt: number | null
  /** Taken back by restores, as it is stored. */
  readonly lostEvents: string | null
}

export interface MovedFile {
  readonly sha256: string
  readonly bytes: number
}

/** One of the two databases of a move: no gateway works on it, nor starts, until it is disposed of. */
export interface MoveSide extends AsyncDisposable {
  readonly kind: "sqlite" | "postgres"
  /** As it may be shown. */
  readonly shown: string
  mark(): Promise<MoveMark | undefined>
  /** On the disk when it resolves. */
  setMark(mark: MoveMark | undefined): Promise<void>
  isEmpty(): Promise<boolean>
  read(table: MovedTable, after: readonly Cell[] | undefined): Promise<Slice>
  /** All of them and the mark, or none. */
  write(table: MovedTable, rows: readonly (readonly Cell[])[], mark: MoveMark): Promise<void>
  /** The files that media name, in the order of their hashes. */
  files(after: string | undefined): Promise<readonly MovedFile[]>
  /** Undefined when it is gone, or is not as long as it was. */
  readFile(file: MovedFile): Promise<Uint8Array | undefined>
  writeFile(file: MovedFile, data: Uint8Array): Promise<void>
  settings(): Promise<MovedSettings>
  writeSettings(settings: MovedSettings): Promise<void>
  /** Makes what a gateway needs and no other database has. May be done again. */
  prepare(source: MoveSide): Promise<void>
  /** What went out of late, for the windows of members. Only of a file. */
  recentSends?(since: number): AsyncIterable<SentTo>
  /** @throws {StartRefusal} `locked`: a gateway works on it by now */
  stillAlone(): Promise<void>
}

export interface SentTo {
  readonly agent: number
  readonly members: readonly string[]
  readonly at: number
}
