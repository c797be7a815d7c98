import { directoryOf } from "../directory-option.ts"
import type { TokenStore } from "../token-store.ts"
import { readTokenRecord } from "./token-record.ts"

export interface FileTokenStoreOptions {
  /** Created if it is missing, readable by its owner only. Several programs and apps may share it. */
  readonly directory: string
}

/**
 * Keeps tokens on disk, one file for each app, readable by their owner only: a shell loop of short processes then asks
 * WeCom for one token. Processes that start together fetch it once; a broken file counts as missing.
 * @throws {TypeError} without a directory, or for an unknown option
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

/** Loaded on use, so that the package can be imported where there is no file system. */
const files = () => import("../shared-file.ts")
