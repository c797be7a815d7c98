import { isLookupPause } from "@wecom-push/protocol/delivery"
import type { LookupRecord, LookupStore } from "../lookup-store.ts"
import { directoryOf } from "../directory-option.ts"
import { eachConcurrently } from "../each-concurrently.ts"

export interface FileLookupStoreOptions {
  /** Created if it is missing, readable by its owner only. Several programs and apps may share it. */
  readonly directory: string
}

/**
 * Keeps look-ups on disk for all processes of this machine, readable by their owner only. Looking up one number reads
 * one of 64 small files, so a command that sends to one person does not read the records of 100,000.
 * @throws {TypeError} without a directory, or for an unknown option
 */
export function fileLookupStore(options: FileLookupStoreOptions): LookupStore {
  const directory = directoryOf(options, "fileLookupStore")
  const shards = new ShardCache()
  return {
    async get(keys) {
      const paths = new Set(keys.map((key) => shardPath(directory, key)))
      const read = new Map(await Promise.all([...paths].map(async (path) => [path, await shards.get(path)] as const)))
      return keys.map((key) => read.get(shardPath(directory, key))?.get(key))
    },
    async set(entries) {
      const { LockNotHad, withFileLock, writeJson } = await files()
      const signal = AbortSignal.timeout(LOCK_WAIT_MS)
      const groups = [...Map.groupBy(entries, ([key]) => shardPath(directory, key))]
      const missed: Error[] = []
      await eachConcurrently(groups, SHARDS_AT_ONCE, async ([path, group]) => {
        const write = async (): Promise<void> => {
          const shard = await readShard(path)
          for (const [key, record] of group) shard.set(key, record)
          await writeJson(path, pack(shard))
        }
        try {
          await withFileLock(`${path}.lock`, write, signal)
        } catch (error) {
          if (!(error instanceof LockNotHad)) throw error
          missed.push(error)
        }
      })
      if (missed[0] !== undefined) throw missed[0]
    },
    async getPause(key) {
      const { readJson } = await files()
      const pause = await readJson(pausePath(directory, key))
      return isLookupPause(pause) ? pause : undefined
    },
    async setPause(key, pause) {
      const { writeJson } = await files()
      await writeJson(pausePath(directory, key), pause)
    },
  }
}

/** The time for the locks of all shards together; it is less than a store may take. */
const LOCK_WAIT_MS = 1000
const SHARDS_AT_ONCE = 8

/** Caches the shards: a bulk look-up asks in many small lots, and each lot needs nearly every shard. */
class ShardCache {
  readonly #shards = new Map<string, { readonly version: string; readonly shard: ReadonlyMap<string, LookupRecord> }>()

  async get(path: string): Promise<ReadonlyMap<string, LookupRecord>> {
    const { fileVersion } = await files()
    const version = await fileVersion(path)
    const cached = this.#shards.get(path)
    if (cached?.version === version) return cached.shard
    const shard = await readShard(path)
    this.#shards.set(path, { version, shard })
    return shard
  }
}

/** Loaded on use, so that the package can be imported where there is no file system. */
function files() {
  return import("../shared-file.ts")
}

/** Longer than any sensible lifetime; it only removes people who left long ago from the files. */
const KEPT_MS = 30 * 24 * 3600 * 1000

function shardPath(directory: string, key: string): string {
  return `${directory}/lookups-${(key.charCodeAt(0) % 64).toString().padStart(2, "0")}.json`
}

function pausePath(directory: string, key: string): string {
  return `${directory}/lookup-pause-${key.replaceAll(/[^\w-]/g, "")}.json`
}

async function readShard(path: string): Promise<Map<string, LookupRecord>> {
  const { readJson } = await files()
  const json = await readJson(path)
  const shard = new Map<string, LookupRecord>()
  if (typeof json !== "object" || json === null) return shard
  for (const [key, packed] of Object.entries(json)) {
    const record = unpack(packed)
    if (record !== undefined) shard.set(key, record)
  }
  return shard
}

/** Records are `["userid" or null, storedAt]`, a third of the size of named fields. */
function unpack(packed: unknown): LookupRecord | undefined {
  if (!Array.isArray(packed)) return undefined
  const [userid, storedAt]: unknown[] = packed
  if ((userid !== null && typeof userid !== "string") || typeof storedAt !== "number") return undefined
  return { userid, storedAt }
}

function pack(shard: ReadonlyMap<string, LookupRecord>): Record<string, [string | null, number]> {
  let newest = 0
  for (const { storedAt } of shard.values()) newest = Math.max(newest, storedAt)
  const kept = [...shard].filter(([, { storedAt }]) => storedAt >= newest - KEPT_MS)
  // Not by assignment, which would lose a key of `__proto__`.
  return Object.fromEntries(kept.map(([key, { userid, storedAt }]) => [key, [userid, storedAt]]))
}
