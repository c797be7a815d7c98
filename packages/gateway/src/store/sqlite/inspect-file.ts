import { closeSync, openSync, readSync, statfsSync, statSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"
import { dirname } from "node:path"
import { pathToFileURL } from "node:url"
import { FIRST_VERSION } from "./first-version.ts"
import { SCHEMA_VERSION, schemaVersion } from "./migrate.ts"
import { refusals } from "./refusals.ts"
import { integer } from "../row.ts"

/** @throws {StartRefusal} `no_folder`, `network_folder`, `not_a_database` for a folder */
export function inspectFolder(file: string, typeOf: (folder: string) => number = fileSystemType): void {
  const folder = dirname(file)
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) throw refusals.noFolder(folder)
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === true) throw refusals.isFolder(file)
  const kind = NETWORK_STORAGE.get(typeOf(folder))
  if (kind !== undefined) throw refusals.networkFolder(folder, kind)
}

/**
 * Checks the files before SQLite opens them, which would create a new database from an empty file and apply any log
 * beside it.
 * @returns whether there is a database
 * @throws {StartRefusal}
 */
export function inspectFiles(file: string, { wasCutOff }: { readonly wasCutOff: boolean }): "present" | "absent" {
  const size = sizeOf(file)
  const logSize = sizeOf(`${file}-wal`)
  const hasLog = logSize !== undefined && logSize > 0
  if (size === undefined) {
    if (hasLog) throw refusals.logWithoutDatabase(file)
    return "absent"
  }
  if (size === 0) throw refusals.emptyFile(file)
  const header = readHeader(file)
  if (header === undefined) throw refusals.notADatabase(file)
  // A copy by `backup` has no log until it is opened, which would write its head.
  if (header.version > SCHEMA_VERSION) throw refusals.newerSchema(file, header.version, SCHEMA_VERSION)
  refuseTooOld(file, header.version)
  if (hasLog && !header.usesLog) throw refusals.logOfAnother(file)
  if (!hasLog && size % header.pageSize !== 0) throw refusals.truncated(file)
  if (wasCutOff && logSize === undefined && header.usesLog) throw refusals.logMissing(file)
  return "present"
}

/** Checks an open database: the larger it is, the less thoroughly, or a start would take minutes. */
export function inspectDatabase(db: DatabaseSync, file: string): void {
  const version = schemaVersion(db)
  if (version > SCHEMA_VERSION) throw refusals.newerSchema(file, version, SCHEMA_VERSION)
  refuseTooOld(file, version)
  refuseForeign(db, file)
  const pages = integer(db.prepare("pragma page_count").get() ?? {}, "page_count")
  for (const check of checksFor(pages)) {
    const [finding = "nothing"] = Object.values(db.prepare(`pragma ${check}`).get() ?? {})
    if (finding !== "ok") throw refusals.damaged(file, String(finding))
  }
}

/**
 * Refuses a file that no gateway made. It needs no lock, and leaves everything beside the file as it is.
 * @throws {StartRefusal} as `inspectFiles` does
 */
export function refuseAnother(file: string): void {
  inspectFiles(file, { wasCutOff: false })
  const url = pathToFileURL(file)
  // The log beside it is neither read nor made: its absence may mean that it was lost.
  url.searchParams.set("immutable", "1")
  using db = new DatabaseSync(url, { readOnly: true })
  refuseForeign(db, file)
}

function refuseForeign(db: DatabaseSync, file: string): void {
  const isOurs = db.prepare("select 1 from sqlite_schema where name = 'kysely_migration'").get() !== undefined
  if (!isOurs) throw refusals.notADatabase(file)
}

function refuseTooOld(file: string, version: number): void {
  if (version > 0 && version < FIRST_VERSION) throw refusals.schemaTooOld(file, version)
}

function checksFor(pages: number): readonly string[] {
  if (pages <= THOROUGHLY_CHECKED_PAGES) return ["integrity_check(1)"]
  // Does not compare indexes with their tables.
  if (pages <= CHECKED_PAGES) return ["quick_check(1)"]
  return ["sqlite_schema", "meta", "apps", "keys", "staging"].map((table) => `quick_check(${table})`)
}

/** 32 MB, checked in about 50 ms. */
const THOROUGHLY_CHECKED_PAGES = 8192
/** 128 MB, checked in an eighth of a second: the first send after a start waits for it. */
const CHECKED_PAGES = 32_768

interface Header {
  readonly pageSize: number
  readonly usesLog: boolean
  /** The version of the schema, without the content of the log. */
  readonly version: number
}

function readHeader(file: string): Header | undefined {
  const bytes = Buffer.alloc(100)
  const handle = openSync(file, "r")
  try {
    if (readSync(handle, bytes) < bytes.length) return undefined
  } finally {
    closeSync(handle)
  }
  if (bytes.toString("latin1", 0, 16) !== "SQLite format 3\0") return undefined
  const pageSize = bytes.readUInt16BE(16)
  return {
    pageSize: pageSize === 1 ? 65_536 : Math.max(pageSize, 512),
    usesLog: bytes[18] === 2,
    version: bytes.readInt32BE(60),
  }
}

function sizeOf(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.size
}

function fileSystemType(folder: string): number {
  return statfsSync(folder).type
}

/** Magic numbers of statfs(2) on Linux. */
const NETWORK_STORAGE: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB2"],
  [0x5346414f, "AFS"],
  [0x564c, "NCP"],
])
