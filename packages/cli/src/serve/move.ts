import { existsSync } from "node:fs"
import { resolve } from "node:path"
import type { DatabaseConfig, FilesConfig, MovedCount, MoveProgress } from "@wecom-push/gateway"
import { CommandError } from "../command-error.ts"
import type { CommandFault } from "../command-error.ts"
import { readSettings } from "../config/read-settings.ts"
import type { SettingsRead } from "../config/read-settings.ts"
import type { Context, Outcome } from "../context.ts"
import { exitCode } from "../exit-code.ts"
import type { CommonFlags } from "../flags.ts"
import { gatewayEnvironment } from "./environment.ts"
import { readLocalConfig } from "./local-config.ts"
import { startError } from "./start-error.ts"
import { say } from "./texts.ts"

interface MoveFlags extends CommonFlags {
  readonly config?: string
  readonly from?: string
  readonly to?: string
  readonly giveUp?: true
}

/** Moves everything that a gateway keeps to a database of the other kind. */
export async function move(flags: MoveFlags, context: Context): Outcome {
  const { io, language, output } = context
  const { from, to, masterKey, files } = await readSides(flags, context)
  const { giveUpMove, moveDatabase } = await import("@wecom-push/gateway")
  const signal = io.interruption()
  const now = (io.clock ?? Date).now()
  const shown = { from: from.shown, to: to?.shown ?? "" }
  try {
    if (to === undefined) {
      await giveUpMove({ from: from.database, files, masterKey, now })
      if (output.json) output.data(JSON.stringify({ ok: true, ...shown, tables: [], error: null }))
      output.note(say(language, "moveGivenUp", shown))
      return exitCode.ok
    }
    const onProgress = teller(context)
    const { counts } = await moveDatabase({
      from: from.database,
      to: to.database,
      files,
      masterKey,
      now,
      signal,
      onProgress,
    })
    tell(counts, shown, context)
    if (counts.length === 0) output.note(say(language, "moveWasDone", shown))
    else output.note(say(language, "moveDone", shown))
    const keyFile = from.database.kind === "sqlite" && masterKey === undefined ? `${from.database.file}.key` : undefined
    output.note(
      keyFile === undefined ? say(language, "moveKeyVariable") : say(language, "moveKeyBeside", { file: keyFile }),
    )
    return exitCode.ok
  } catch (error) {
    throw await moveError(error, shown, signal, context)
  }
}

interface Side {
  readonly database: DatabaseConfig
  /** The address as written, without its password. */
  readonly shown: string
}

interface Sides {
  readonly from: Side
  /** Absent when the move is given up. */
  readonly to: Side | undefined
  /** Absent when the key is in a file beside the database file. */
  readonly masterKey: Uint8Array | undefined
  /** The file storage of the PostgreSQL side. */
  readonly files: FilesConfig | undefined
}

async function readSides(flags: MoveFlags, context: Context): Promise<Sides> {
  const { language } = context
  const read = await readSettings(flags, context)
  const faults: CommandFault[] = []
  const from = await readSide("--from", flags.from, read, faults, context)
  const to = flags.giveUp === true ? undefined : await readSide("--to", flags.to, read, faults, context)
  // By the rules of the source, because a database file may have a key file beside it.
  const local = await readLocalConfig(
    read,
    { database: flags.from, usualDatabase: "sqlite:./wecom-push.db", isTrial: false },
    context,
  )
  if (faults.length === 0) faults.push(...local.faults)
  const files = await readBucket(read, faults, context)
  if (faults.length > 0 || from === undefined) {
    const message = say(language, "cannotMove", { count: faults.length })
    throw new CommandError("configuration", exitCode.usage, message, { faults })
  }
  if (from.database.kind === "sqlite" && !existsSync(from.database.file)) {
    throw new CommandError("no_database", exitCode.usage, say(language, "noDatabase", { file: from.shown }))
  }
  return { from, to, masterKey: local.config?.masterKey, files }
}

/** Read even when flags name the databases, because a bucket has no flag. */
async function readBucket(
  read: SettingsRead,
  faults: CommandFault[],
  { language }: Context,
): Promise<FilesConfig | undefined> {
  const { ConfigError, readFiles } = await import("@wecom-push/gateway")
  try {
    return readFiles(gatewayEnvironment(read))
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const told = new Set(faults.map(({ path }) => path))
    for (const { name, problem } of error.faults) {
      if (!told.has(name)) faults.push({ path: name, message: problem[language], rule: "environment" })
    }
    return undefined
  }
}

/** The database that the flag names, else that of the settings. */
async function readSide(
  flag: "--from" | "--to",
  written: string | undefined,
  read: SettingsRead,
  faults: CommandFault[],
  { io, language }: Context,
): Promise<Side | undefined> {
  const { ConfigError, readDatabase, shownUrl } = await import("@wecom-push/gateway")
  try {
    const named = written === undefined ? gatewayEnvironment(read) : { WECOM_PUSH_DATABASE_URL: written }
    const database = readDatabase(named)
    if (database === undefined) {
      faults.push({ path: flag, message: say(language, "moveNeedsBoth") })
      return undefined
    }
    if (database.kind === "postgres") return { database, shown: shownUrl(database.url) }
    const file = resolve(io.cwd, database.file)
    return { database: { kind: "sqlite", file }, shown: `sqlite:${file}` }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const path = written === undefined ? "WECOM_PUSH_DATABASE_URL" : flag
    faults.push({ path, message: say(language, "badDatabase") })
    return undefined
  }
}

/** Reports at the beginning of each half, and every few seconds. */
function teller({ language, output }: Context): (progress: MoveProgress) => void {
  let [toldAt, toldOf] = [-Infinity, ""]
  return ({ doing, table, rows }) => {
    if (doing === toldOf && performance.now() - toldAt < TELL_EVERY_MS) return
    ;[toldAt, toldOf] = [performance.now(), doing]
    output.note(say(language, doing === "copying" ? "moveCopying" : "moveComparing", { table, rows }))
  }
}

function tell(
  counts: readonly MovedCount[],
  shown: { readonly from: string; readonly to: string },
  { language, output }: Context,
): void {
  if (output.json) {
    const tables = counts.map(({ name, rows, digests }) => ({
      name,
      rows: rows[0],
      source_digest: digests[0],
      target_digest: digests[1],
    }))
    output.data(JSON.stringify({ ok: true, ...shown, tables, error: null }))
    return
  }
  for (const { name, rows, digests } of counts) {
    output.data(
      say(language, "moveRow", { table: name.padEnd(WIDTH), rows: rows[1], digest: digests[1].slice(0, DIGITS) }),
    )
  }
}

async function moveError(
  error: unknown,
  shown: { readonly to: string },
  signal: AbortSignal,
  { language }: Context,
): Promise<unknown> {
  const { MoveDiffers } = await import("@wecom-push/gateway")
  if (error instanceof CommandError) return error
  if (signal.aborted) return new CommandError("aborted", exitCode.interrupted, say(language, "moveInterrupted"))
  if (error instanceof MoveDiffers) {
    const differing = error.counts.filter(({ digests }) => digests[0] !== digests[1])
    const tables = differing.map(({ name, rows }) => `${name} (${rows[0]} / ${rows[1]})`).join(", ")
    const hint = say(language, "moveDiffersHint", shown)
    return new CommandError("move_differs", exitCode.notSent, say(language, "moveDiffers", { tables }), { hint })
  }
  const told = await startError(error, language)
  if (told instanceof CommandError) return told
  const what = error instanceof Error ? error.message : String(error)
  return new CommandError("move_cut_off", exitCode.notSent, say(language, "moveCutOff", { what }), {
    hint: say(language, "moveAgainHint"),
  })
}

const TELL_EVERY_MS = 5000
const WIDTH = 14
const DIGITS = 16
