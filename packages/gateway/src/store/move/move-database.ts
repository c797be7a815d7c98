import { createHash, randomUUID } from "node:crypto"
import { setImmediate as immediate } from "node:timers/promises"
import type { DatabaseConfig } from "../database-config.ts"
import type { FilesConfig } from "../../files/files-config.ts"
import { openBucket } from "../../files/open-bucket.ts"
import { masterKeyBeside } from "../sqlite/key-file.ts"
import { point } from "../../model/ports/point.ts"
import { openSqlite } from "../sqlite/open.ts"
import { moveRefusals, refusalOfMark } from "./move-mark.ts"
import type { MoveMark } from "./move-mark.ts"
import type { MovedFile, MoveSide } from "./move-side.ts"
import { MOVED_TABLES } from "./moved-tables.ts"
import type { Cell } from "./moved-tables.ts"
import { RowDigest } from "./row-digest.ts"
import { SqliteSide } from "./sqlite-side.ts"

export interface MoveOptions {
  readonly from: DatabaseConfig
  readonly to: DatabaseConfig
  /** Large files of the PostgreSQL database. */
  readonly files?: FilesConfig | undefined
  /** The same key on both sides; unless given, the key file beside the SQLite file. */
  readonly masterKey?: Uint8Array | undefined
  /** Milliseconds since 1970. */
  readonly now: number
  /** Stops the move between two slices. */
  readonly signal: AbortSignal
  /** Called when a table is begun, and after each slice of it. */
  readonly onProgress: (progress: MoveProgress) => void
}

export interface MoveProgress {
  readonly doing: "copying" | "comparing"
  /** A table, or `files`. */
  readonly table: string
  /** How many rows of this table this run has copied. */
  readonly rows: number
}

export interface MovedCount {
  /** A table, or `files` or `settings`. */
  readonly name: string
  readonly rows: readonly [source: number, target: number]
  /** Digests of the content of the rows, in hex. */
  readonly digests: readonly [source: string, target: string]
}

export interface MoveReport {
  /** Empty when the move was complete before: then nothing is compared, since the target may have changed. */
  readonly counts: readonly MovedCount[]
}

/** The target's content differs from the source's. */
export class MoveDiffers extends Error {
  override readonly name = "MoveDiffers"
  readonly counts: readonly MovedCount[]

  constructor(counts: readonly MovedCount[]) {
    super("the target of the move differs from its source")
    this.counts = counts
  }
}

/**
 * Moves everything that a gateway stores from a SQLite file to a PostgreSQL database, or back. May be ended at any
 * moment, and continues where it was when it is called again: it stores its progress with each slice. From its
 * beginning no gateway starts on either; after its end only on the target.
 * @throws {StartRefusal} the reasons for which a gateway would refuse; a side that is in use; a target that is not
 * empty
 * @throws {MoveDiffers}
 */
export async function moveDatabase(options: MoveOptions): Promise<MoveReport> {
  const { from, to } = options
  if (from.kind === to.kind) throw moveRefusals.sameKind()
  const masterKey = options.masterKey ?? (from.kind === "sqlite" ? masterKeyBeside(from.file).key : new Uint8Array())
  await using source = await openSide(from, { ...options, masterKey })
  await using target = await openSide(to, { ...options, masterKey })
  const mark = await begin(source, target)
  if (mark.state === "moved") return { counts: [] }
  const sourceMark = await source.mark()
  // If the last run ended between the last two marks, the target must not be compared: the source may have changed
  // since.
  const counts = sourceMark?.state === "moved" ? [] : await moveAll(source, target, mark, options)
  await source.setMark({ role: "source", state: "moved", id: mark.id, other: target.shown })
  point("move.source_marked")
  await target.setMark({ role: "target", state: "moved", id: mark.id, other: source.shown })
  point("move.target_marked")
  return { counts }
}

/** Ends an unfinished move: gateways start on its source again. @throws {StartRefusal} when no move is known */
export async function giveUpMove(options: Pick<MoveOptions, "from" | "files" | "masterKey" | "now">): Promise<void> {
  const { from } = options
  const masterKey = options.masterKey ?? (from.kind === "sqlite" ? masterKeyBeside(from.file).key : new Uint8Array())
  await using source = await openSide(from, { ...options, masterKey })
  const mark = await source.mark()
  if (mark?.role !== "source" || mark.state !== "moving") throw moveRefusals.notBeingMoved(source.shown)
  await source.setMark(undefined)
}

/**
 * Opens a side, first with a gateway's code, so that its tables have this version and its master key is the given one.
 */
async function openSide(
  database: DatabaseConfig,
  { masterKey, now, files }: Pick<MoveOptions, "now" | "files"> & { readonly masterKey: Uint8Array },
): Promise<MoveSide> {
  if (database.kind === "sqlite") {
    const { file } = database
    const { stores } = await openSqlite({ file, masterKey, now, duringMove: true })
    await stores[Symbol.asyncDispose]()
    return new SqliteSide(file)
  }
  const [{ openPostgres }, { PostgresSide }] = await Promise.all([
    import("../postgres/open.ts"),
    import("./postgres-side.ts"),
  ])
  const url = database.directUrl ?? database.url
  const { stores } = await openPostgres({ url, masterKey, files: files && (await openBucket(files)), duringMove: true })
  await stores[Symbol.asyncDispose]()
  return PostgresSide.open(url, files && (await openBucket(files)))
}

/** Checks both marks, and marks the beginning. @returns the mark of the target */
async function begin(source: MoveSide, target: MoveSide): Promise<MoveMark> {
  const [ofSource, ofTarget] = [await source.mark(), await target.mark()]
  const isSameMove = ofSource?.role === "source" && ofTarget?.role === "target" && ofSource.id === ofTarget.id
  if (isSameMove) return ofTarget
  if (ofSource !== undefined && (ofSource.role === "target" || ofSource.state === "moved")) {
    const refusal = refusalOfMark(ofSource, source.shown)
    if (refusal !== undefined) throw refusal
  }
  if (ofTarget?.role === "target" && ofTarget.state === "moving") {
    throw moveRefusals.targetOfAnother(target.shown, ofTarget)
  }
  if (!(await target.isEmpty())) throw moveRefusals.targetInUse(target.shown)
  const id = randomUUID()
  await source.setMark({ role: "source", state: "moving", id, other: target.shown })
  const mark: MoveMark = { role: "target", state: "moving", id, other: source.shown }
  await target.setMark(mark)
  return mark
}

async function moveAll(
  source: MoveSide,
  target: MoveSide,
  mark: MoveMark,
  { signal, onProgress }: MoveOptions,
): Promise<readonly MovedCount[]> {
  const steps = [...MOVED_TABLES.map(({ name }) => name), FILES]
  const doneTo = mark.done === undefined ? 0 : steps.indexOf(mark.done.table)
  const afterIn = (step: string): readonly Cell[] | undefined =>
    mark.done?.table === step ? mark.done.after : undefined
  for (const table of MOVED_TABLES) {
    if (steps.indexOf(table.name) < doneTo) continue
    let after = afterIn(table.name)
    for (let rows = 0; ;) {
      onProgress({ doing: "copying", table: table.name, rows })
      signal.throwIfAborted()
      const slice = await source.read(table, after)
      if (slice.last === undefined) break
      after = slice.last
      rows += slice.rows.length
      await target.write(table, slice.rows, { ...mark, done: { table: table.name, after } })
      point("move.slice")
      await immediate()
    }
  }
  let files = 0
  onProgress({ doing: "copying", table: FILES, rows: files })
  const [lastFile] = afterIn(FILES) ?? []
  for await (const file of filesOf(source, typeof lastFile === "string" ? lastFile : undefined)) {
    signal.throwIfAborted()
    const data = await source.readFile(file)
    // The file is missing in the target too, like an expired file.
    if (data === undefined) continue
    await target.writeFile(file, data)
    await target.setMark({ ...mark, done: { table: FILES, after: [file.sha256] } })
    onProgress({ doing: "copying", table: FILES, rows: ++files })
    point("move.slice")
  }
  await target.writeSettings(await source.settings())
  const counts = await compare(source, target, { signal, onProgress })
  if (counts.some(({ rows, digests }) => rows[0] !== rows[1] || digests[0] !== digests[1]))
    throw new MoveDiffers(counts)
  await source.stillAlone()
  await target.stillAlone()
  await target.prepare(source)
  point("move.copied")
  return counts
}

/** Reads both sides anew, so that a change by a gateway meanwhile is noticed too. */
async function compare(
  source: MoveSide,
  target: MoveSide,
  { signal, onProgress }: Pick<MoveOptions, "signal" | "onProgress">,
): Promise<readonly MovedCount[]> {
  const counts: MovedCount[] = []
  const add = (name: string, ofSource: RowDigest, ofTarget: RowDigest): void => {
    counts.push({ name, rows: [ofSource.rows, ofTarget.rows], digests: [ofSource.hex, ofTarget.hex] })
  }
  for (const table of MOVED_TABLES) {
    onProgress({ doing: "comparing", table: table.name, rows: 0 })
    const digests = [source, target].map(async (side) => {
      const digest = new RowDigest()
      for (let after: readonly Cell[] | undefined; ;) {
        signal.throwIfAborted()
        const slice = await side.read(table, after)
        if (slice.last === undefined) return digest
        for (const row of slice.rows) digest.add(row)
        onProgress({ doing: "comparing", table: table.name, rows: digest.rows })
        after = slice.last
        await immediate()
      }
    })
    const [ofSource = new RowDigest(), ofTarget = new RowDigest()] = await Promise.all(digests)
    add(table.name, ofSource, ofTarget)
  }
  onProgress({ doing: "comparing", table: FILES, rows: 0 })
  add(FILES, await filesDigest(source, signal), await filesDigest(target, signal))
  add("settings", await settingsDigest(source), await settingsDigest(target))
  return counts
}

async function filesDigest(side: MoveSide, signal: AbortSignal): Promise<RowDigest> {
  const digest = new RowDigest()
  for await (const file of filesOf(side)) {
    signal.throwIfAborted()
    const data = await side.readFile(file)
    if (data !== undefined) digest.add([file.sha256, createHash("sha256").update(data).digest("hex")])
  }
  return digest
}

async function settingsDigest(side: MoveSide): Promise<RowDigest> {
  const digest = new RowDigest()
  for (const [name, value] of Object.entries(await side.settings())) digest.add([name, value])
  return digest
}

async function* filesOf(side: MoveSide, after?: string): AsyncIterable<MovedFile> {
  for (let last = after; ;) {
    const files = await side.files(last)
    yield* files
    last = files.at(-1)?.sha256
    if (last === undefined) return
  }
}

const FILES = "files"
