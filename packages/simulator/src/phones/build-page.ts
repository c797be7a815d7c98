import { execFile } from "node:child_process"
import { promisify } from "node:util"
import { isJsonObject } from "../json.ts"
import type { PageSource } from "./built-page.ts"
import { BUILD_SCRIPT, BUILT, stampOfSources } from "./page-folder.ts"

/** The page of this package: as published, or built from its sources by a process of its own, which ends with it. */
export const ownPage: PageSource = {
  folder: BUILT,
  stamp: stampOfSources,
  async build() {
    try {
      await promisify(execFile)(process.execPath, [BUILD_SCRIPT])
    } catch (error) {
      const said = isJsonObject(error) ? error["stderr"] : undefined
      throw new Error(typeof said === "string" && said !== "" ? said.trim() : String(error), { cause: error })
    }
  },
}
