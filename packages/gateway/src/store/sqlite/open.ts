import type { DatabaseSync } from "node:sqlite"
import type { StorageErrorCode } from "../../model/storage-error.ts"
import type { LocalStores, Stores } from "../../model/ports/stores.ts"
import { MediaFolder } from "../../files/media-folder.ts"
import type { OnMigrating } from "../migration-watch.ts"
import { Apps } from "../cold/apps.ts"
import { Audit } from "../cold/audit.ts"
import { Callbacks } from "../cold/callbacks.ts"
import { Chats } from "../cold/chats.ts"
import { Conversations } from "../cold/conversations.ts"
import { Corps } from "../cold/corps.ts"
import { Keys } from "../cold/keys.ts"
import { StoredLookups } from "../cold/lookups.ts"
import { Parties } from "../cold/parties.ts"
import { StoredPersonTimes } from "../cold/person-times.ts"
import { StoredRecalls } from "../cold/recalls.ts"
import type { LeftRecalls } from "../cold/recalls.ts"
import { Sources } from "../cold/sources.ts"
import { Tokens } from "../cold/tokens.ts"
import { query } from "../cold/work.ts"
import { opensKeyCheck, SEALED, sealedAnew, sealKeyCheck } from "../master-key.ts"
import { SecretBox } from "../secret-box.ts"
import { SqliteAuditTables } from "./audit.ts"
import { mediaFolderOf } from "./backup.ts"
import { Backlog } from "./backlog.ts"
import { Bodies } from "./bodies.ts"
import { SqliteBusyMembers } from "./busy-members.ts"
import { Checkpoints } from "./checkpoints.ts"
import { ChunkRows } from "./chunk-rows.ts"
import { ClockJumps } from "./clock-jumps.ts"
import { SqliteClockNotes } from "./clock-notes.ts"
import { openDatabase } from "./connection.ts"
import { SqliteCold } from "./cold.ts"
import { createDatabase } from "./create.ts"
import { Discard } from "./discard.ts"
import { noteLostEvents, SqliteEvents } from "./events.ts"
import { findCards } from "./find-cards.ts"
import { GroupCommit } from "./group-commit.ts"
import { inspectDatabase, inspectFiles, inspectFolder } from "./inspect-file.ts"
import { LargeTexts } from "./large-texts.ts"
import { LockFile } from "./lock-file.ts"
import { SqliteLookupRecords } from "./lookups.ts"
import { LogSync } from "./log-sync.ts"
import { migrateInThread } from "./migrate-in-thread.ts"
import { SCHEMA_VERSION, schemaVersion } from "./migrate.ts"
import { SqliteMedia } from "./media.ts"
import { SqliteMisses } from "./misses.ts"
import { sqliteOutbox } from "./outbox.ts"
import { parkUnfinished } from "./park.ts"
import { partyRows } from "./parties.ts"
import { Prune } from "./prune.ts"
import { sqliteReader } from "./reader.ts"
import { forgetMove, refuseMoved } from "./refuse-moved.ts"
import { refusalFor } from "./refusal-for.ts"
import { ReserveFile } from "./reserve-file.ts"
import { integer, optionalInteger, text } from "../row.ts"
import { LocalLocks } from "../../model/local-locks.ts"
import { SqliteUpkeep } from "./upkeep.ts"

export interface SqliteOptions {
  readonly file: string
  /** 32 bytes. */
  readonly masterKey: Uint8Array
  /** The former key, during a change of the master key: this start encrypts all secrets anew. */
  readonly previousMasterKey?: Uint8Array
  /** Set for a file that was copied by other means than `backup`, whose copies are marked. */
  readonly afterRestore?: boolean
  /** Opened as one side of a move, and not for a gateway. */
  readonly duringMove?: boolean
  /** Milliseconds since 1970. */
  readonly now: number
  /**
   * Gets the error of a thread of the store that failed: the store continues without it, and waits for the disk in the
   * main thread.
   */
  readonly onThreadFailure?: (error: unknown) => void
  /** Gets the progress of the migration of an older file. */
  readonly onMigrating?: OnMigrating
  /** Called when changes cannot be kept, as on a full disk, and with undefined once they are again. */
  readonly onTrouble?: (trouble: StorageErrorCode | undefined) => void
}

export interface OpenedSqlite {
  readonly stores: LocalStores
  readonly isNew: boolean
  /** Set after a restore. */
  readonly parked: { readonly messages: number; readonly backedUpAt: number | undefined } | undefined
}

/**
 * Opens the gateway's database, and creates it when there is none.
 * @throws {StartRefusal} when a start could lose messages or send them twice
 */
export async function openSqlite(options: SqliteOptions): Promise<OpenedSqlite> {
  try {
    return await openChecked(options)
  } catch (error) {
    throw refusalFor(error, options.file)
  }
}

async function openChecked(options: SqliteOptions): Promise<OpenedSqlite> {
  const { file } = options
  inspectFolder(file)
  await using resources = new AsyncDisposableStack()
  const lock = resources.use(new LockFile(file))
  const isNew = inspectFiles(file, lock) === "absent"
  if (isNew) await createDatabase(file)
  const db = resources.adopt(openDatabase(file), (db) => {
    // SQLite tidies up its log as it closes, so the next start must not miss the log.
    lock.markClosed()
    db.close()
  })
  await bringUpToDate(db, options)
  if (options.duringMove !== true) refuseMoved(db, file, options)
  const run = countRun(db)
  const box = new SecretBox(options.masterKey, options.previousMasterKey)
  checkMasterKey(db, box, file)
  lock.markOpen()

  const reserve = new ReserveFile(`${file}-reserve`)
  const { onThreadFailure = () => {} } = options
  const checkpoints = resources.use(new Checkpoints({ db, file, onThreadFailure }))
  const commit = new GroupCommit(db, reserve, resources.use(new LogSync(file)), checkpoints, options.onTrouble)
  const parties = new Parties(partyRows)
  const backlog = new Backlog()
  const restoredAt = noteRestore(db, options)
  const events = new SqliteEvents(db, commit)
  const cold = new SqliteCold(db, commit, events)
  const chunks = new ChunkRows(db)
  const bodies = new Bodies(db)
  const discard = new Discard(db, commit)
  const largeTexts = new LargeTexts(db)
  const jumps = new ClockJumps(db, commit, backlog)
  const outbox = sqliteOutbox(db, {
    commit,
    cold,
    parties,
    backlog,
    events,
    chunks,
    bodies,
    discard,
    largeTexts,
    jumps,
    run,
    restoredAt,
  })
  const audit = new Audit(cold, new SqliteAuditTables(db))
  const media = new SqliteMedia(db, commit, new MediaFolder(mediaFolderOf(file)))
  takeReserve(reserve)
  await discard.sweep()
  await media.sweep()
  await jumps.finish()
  const parked = await parkAfterRestore(db, outbox, options)

  const kept = resources.move()
  const locks = new LocalLocks()
  const stores: LocalStores = {
    outbox,
    reader: sqliteReader(db, { commit, backlog, chunks, jumps, run }),
    events,
    callbacks: new Callbacks(cold, findCards),
    chats: new Chats(cold),
    conversations: new Conversations(cold),
    apps: new Apps(cold, box),
    corps: new Corps(cold),
    keys: new Keys(cold),
    sources: new Sources(cold, box),
    audit,
    tokens: new Tokens(cold, locks, box),
    lookups: new StoredLookups(cold, new SqliteLookupRecords(db, commit)),
    misses: new SqliteMisses(db, commit),
    personTimes: new StoredPersonTimes(cold, parties),
    busyMembers: new SqliteBusyMembers(db, cold, parties, options.now),
    recalls: new StoredRecalls(cold, run, leftRecalls),
    media,
    locks,
    upkeep: new SqliteUpkeep(file, db, commit, new Prune(db, commit, discard, bodies), media, audit),
    clockNotes: new SqliteClockNotes(db, commit),
    [Symbol.asyncDispose]: async () => {
      // Checkpoints end before the last changes, which would otherwise have to wait while the thread writes.
      await checkpoints[Symbol.asyncDispose]()
      commit.close()
      await kept.disposeAsync()
    },
  }
  return { stores, isNew, parked }
}

/** The recalls of an earlier run of the process. */
const leftRecalls: LeftRecalls = (run) => query`select id, recalling from messages indexed by messages_recalling
  where recalling is not null and recalling <> ${run}`

async function bringUpToDate(db: DatabaseSync, { file, onMigrating = () => {} }: SqliteOptions): Promise<void> {
  inspectDatabase(db, file)
  const from = schemaVersion(db)
  if (from < SCHEMA_VERSION) await migrateInThread({ file, from, onMigrating })
}

function checkMasterKey(db: DatabaseSync, box: SecretBox, file: string): void {
  const row = db.prepare("select value from meta where name = 'master_key_check'").get()
  const sealed = row === undefined ? undefined : text(row, "value")
  if (sealed === undefined || !opensKeyCheck(box, sealed, file) || !box.isCurrent(sealed)) sealAnew(db, box)
}

/** Seals all secrets anew in one transaction, so that a database is never half under one key. */
function sealAnew(db: DatabaseSync, box: SecretBox): void {
  db.exec("begin immediate")
  try {
    for (const { table, key, column, placeOf } of SEALED) {
      const change = db.prepare(`update ${table} set ${column} = ? where ${key} = ?`)
      for (const row of db.prepare(`select ${key}, ${column} from ${table} where ${column} is not null`).all()) {
        const sealed = sealedAnew(box, text(row, column), placeOf(text(row, key)))
        if (sealed !== undefined) change.run(sealed, text(row, key))
      }
    }
    db.prepare("insert or replace into meta (name, value) values ('master_key_check', ?)").run(sealKeyCheck(box))
    db.exec("commit")
  } catch (error) {
    db.exec("rollback")
    throw error
  }
}

/** The first write: it shows whether the file can be written. */
function countRun(db: DatabaseSync): number {
  const row = db.prepare("update meta set value = value + 1 where name = 'run' returning value").get()
  return integer(row ?? {}, "value")
}

/** A full disk does not prevent a start: accepted messages may still go out. */
function takeReserve(reserve: ReserveFile): void {
  try {
    reserve.take()
  } catch (error) {
    if (!isOutOfSpace(error)) throw error
  }
}

function isOutOfSpace(error: unknown): boolean {
  return error instanceof Error && "code" in error && OUT_OF_SPACE.has(error.code)
}

const OUT_OF_SPACE: ReadonlySet<unknown> = new Set(["ENOSPC", "EDQUOT", "EFBIG"])

/** @returns when the database was last restored, as far as known; it does not know what was sent since the backup */
function noteRestore(db: DatabaseSync, { afterRestore, now }: SqliteOptions): number | undefined {
  const isBackup = db.prepare("select 1 from meta where name = 'backed_up_at'").get() !== undefined
  if (isBackup || afterRestore === true) {
    noteLostEvents(db)
    db.prepare("insert into meta values ('restored_at', ?1) on conflict (name) do update set value = ?1").run(now)
  }
  const row = db.prepare("select value as restored_at from meta where name = 'restored_at'").get()
  return row === undefined ? undefined : optionalInteger(row, "restored_at")
}

async function parkAfterRestore(
  db: DatabaseSync,
  outbox: Stores["outbox"],
  { afterRestore, now }: SqliteOptions,
): Promise<OpenedSqlite["parked"]> {
  const row = db.prepare("select value as backed_up_at from meta where name = 'backed_up_at'").get()
  if (row === undefined && afterRestore !== true) return undefined
  const messages = await parkUnfinished(db, outbox, now)
  db.exec("delete from meta where name = 'backed_up_at'")
  if (afterRestore === true) forgetMove(db)
  return { messages, backedUpAt: row === undefined ? undefined : optionalInteger(row, "backed_up_at") }
}
