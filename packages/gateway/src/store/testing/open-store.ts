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

/** Memory where there is such a folder: what the disk does is tested elsewhere. */
const QUICK = existsSync("/dev/shm") ? "/dev/shm" : tmpdir()

/** A database in a folder of its own, gone when the test is over. */
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

/** The empty database that a run of all tests has made for them. */
const EMPTY_OF_RUN = process.env["WECOM_PUSH_TEST_SQLITE"]

let empty: Promise<Uint8Array> | undefined

/**
 * Puts a database there with all tables and nothing in it, and its key beside it: to make one is three times as much work as
 * to open it.
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

/** As long as the file that holds back space on a disk, and a hole: each database would write four megabytes. */
function reserveNothing(file: string): void {
  writeFileSync(file, "", { mode: 0o600 })
  truncateSync(file, RESERVE_BYTES)
}

/** @returns what the tests of all processes of a run are given in the environment */
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

/** The files as a killed process leaves them. The lock is another file there, and so is not held. */
export function copyAsLeft(from: string, to: string): void {
  for (const suffix of ["", "-wal", "-lock"]) {
    if (existsSync(from + suffix)) copyFileSync(from + suffix, to + suffix)
  }
  if (existsSync(`${from}-reserve`)) reserveNothing(`${to}-reserve`)
  if (existsSync(`${from}.media`)) cpSync(`${from}.media`, `${to}.media`, { recursive: true })
}
