import { directoryOf } from "../directory-option.ts"
import type { TokenStore } from "../token-store.ts"
import { readTokenRecord } from "./token-record.ts"

export interface FileTokenStoreOptions {
  /** Made if it is missing, for its owner alone. Several programs and apps may share it. */
  readonly directory: string
}

/**
 * Tokens on disk, one file for each app, readable by their owner alone: a shell loop of short processes then asks
 * WeCom for one token. Processes that start together fetch it once; a file that is broken counts as missing.
 * @throws {TypeError} without a directory, or for an option that there is not
 */
export function fileTokenStore(options: FileTokenStoreOptions): TokenStore {
  const directory = directoryOf(options, "fileTokenStore")
  const pathOf = (key: string, ending: string): string => {
    if (!/^[\w-]+$/.test(key)) throw new TypeError("a key names a file: letters, digits, - and _ only")
    return `${directory}/token-${key}.${ending}`
  }
  return {
    async get(key) {
      const { readJson } = await files()
      return readTokenRecord(await readJson(pathOf(key, "json")))
    },
    async set(key, record) {
      const { writeJson } = await files()
      await writeJson(pathOf(key, "json"), record)
    },
    async exclusively(key, task, signal) {
      const { withFileLock } = await files()
      return withFileLock(pathOf(key, "lock"), task, signal)
    },
  }
}

/** Loaded on use, so that importing the package works where there are no files. */
const files = () => import("../shared-file.ts")
