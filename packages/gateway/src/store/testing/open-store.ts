import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs"
import { readFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createDatabase } from "../sqlite/create.ts"
import { RESERVE_BYTES } from "../sqlite/reserve-file.ts"
import { openSqlite } from "../sqlite/open.ts"
import type { OpenedSqlite, SqliteOptions } from "../sqlite/open.ts"
import { NOON } from "./build.ts"
import type { StoreUnderTest } from "./contract/rule.ts"

/** The folder is in memory where possible: other tests cover the disk. */
const QUICK = existsSync("/dev/shm") ? "/dev/shm" : tmpdir()

/** A database in a folder of its own, deleted after the test. */
export class TemporaryFolder implements Disposable {
  readonly path = mkdtempSync(join(QUICK, "wecom-push-store-"))

  file(name = "gateway.db"): string {
    return join(this.path, name)
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}

export const MASTER_KEY = new Uint8Array(32).fill(7)

export function open(file: string, changes: Partial<SqliteOptions> = {}): Promise<OpenedSqlite> {
  return openSqlite({ file, masterKey: MASTER_KEY, now: NOON, ...changes })
}

/** An empty database that a run of all tests has made once. */
const EMPTY_OF_RUN = process.env["WECOM_PUSH_TEST_SQLITE"]

let empty: Promise<Uint8Array> | undefined

/**
 * Puts a database there with all tables and nothing in it, and its key beside it: creating one is three times as much
 * work as opening it.
 */
export async function placeEmptyDatabase(file: string): Promise<void> {
  empty ??= EMPTY_OF_RUN === undefined ? newEmpty() : readFile(EMPTY_OF_RUN)
  writeFileSync(file, await empty, { mode: 0o600 })
  writeFileSync(`${file}.key`, Buffer.from(MASTER_KEY).toString("hex"), { mode: 0o600 })
  reserveNothing(`${file}-reserve`)
}

async function newEmpty(): Promise<Uint8Array> {
  using folder = new TemporaryFolder()
  await createDatabase(folder.file())
  return readFileSync(folder.file())
}

/**
 * A file with a hole, as long as the one that reserves space on a disk: each database would otherwise write four
 * megabytes.
 */
function reserveNothing(file: string): void {
  writeFileSync(file, "", { mode: 0o600 })
  truncateSync(file, RESERVE_BYTES)
}

/** @returns the environment for all processes of a test run */
export async function makeEmptyDatabaseOfRun(
  resources: AsyncDisposableStack,
): Promise<Readonly<Record<string, string>>> {
  const file = resources.use(new TemporaryFolder()).file()
  await createDatabase(file)
  return { WECOM_PUSH_TEST_SQLITE: file }
}

export async function openTemporary(): Promise<StoreUnderTest> {
  const folder = new TemporaryFolder()
  await placeEmptyDatabase(folder.file())
  return underTest(folder, (await open(folder.file())).stores)
}

function underTest(folder: TemporaryFolder, stores: StoreUnderTest["stores"]): StoreUnderTest {
  return {
    stores,
    async crash() {
      const next = new TemporaryFolder()
      copyAsLeft(folder.file(), next.file())
      return underTest(next, (await open(next.file())).stores)
    },
    async [Symbol.asyncDispose]() {
      await stores[Symbol.asyncDispose]()
      folder[Symbol.dispose]()
    },
  }
}

/** Copies the files as a killed process leaves them. The copied lock is another file, and so is not held. */
export function copyAsLeft(from: string, to: string): void {
  for (const suffix of ["", "-wal", "-lock"]) {
    if (existsSync(from + suffix)) copyFileSync(from + suffix, to + suffix)
  }
  if (existsSync(`${from}-reserve`)) reserveNothing(`${to}-reserve`)
  if (existsSync(`${from}.media`)) cpSync(`${from}.media`, `${to}.media`, { recursive: true })
}
