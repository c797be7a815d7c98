import { MEDIA_LIFETIME_SECONDS } from "@wecom-push/protocol"
import { directoryOf } from "../directory-option.ts"
import type { MediaRecord, MediaStore } from "../media-store.ts"
import { isMediaRecord } from "./media-record.ts"

export interface FileMediaStoreOptions {
  /** Created if it is missing, readable by its owner only. Several programs, corps and apps may share it. */
  readonly directory: string
}

/**
 * Keeps ids of uploaded files on disk for all processes of this machine, readable by their owner only.
 * @throws {TypeError} without a directory, or for an unknown option
 */
export function fileMediaStore(options: FileMediaStoreOptions): MediaStore {
  const directory = directoryOf(options, "fileMediaStore")
  const path = `${directory}/media.json`
  return {
    async get(key) {
      return (await readRecords(path)).get(key)
    },
    async set(key, record) {
      const { withFileLock, writeJson } = await files()
      await withFileLock(
        `${path}.lock`,
        async () => {
          const records = (await readRecords(path)).set(key, record)
          const living = [...records].filter(([, { uploadedAt }]) => uploadedAt > record.uploadedAt - LIFETIME_MS)
          await writeJson(path, Object.fromEntries(living))
        },
        AbortSignal.timeout(LOCK_WAIT_MS),
      )
    },
  }
}

/** Less than the time that a store may take. */
const LOCK_WAIT_MS = 1000

const LIFETIME_MS = MEDIA_LIFETIME_SECONDS * 1000

/** Loaded on use, so that the package can be imported where there is no file system. */
function files() {
  return import("../shared-file.ts")
}

async function readRecords(path: string): Promise<Map<string, MediaRecord>> {
  const { readJson } = await files()
  const json = await readJson(path)
  const records = new Map<string, MediaRecord>()
  if (typeof json !== "object" || json === null) return records
  for (const [key, value] of Object.entries(json)) {
    if (isMediaRecord(value)) records.set(key, value)
  }
  return records
}
