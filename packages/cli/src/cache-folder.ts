import { homedir, tmpdir, userInfo } from "node:os"
import { isAbsolute, join } from "node:path"
import type { CommandFault } from "./command-error.ts"
import type { Context } from "./context.ts"
import type { Io } from "./io.ts"
import { folderTrouble } from "./own-folder.ts"
import { say } from "./texts.ts"

/**
 * The folder for token, look-ups and the record of a running simulator: `$XDG_CACHE_HOME/wecom-push`, readable by its
 * owner only.
 */
export function cacheFolder(env: Io["env"]): string {
  const given = env["XDG_CACHE_HOME"]
  // The XDG standard says that a relative path is invalid and is ignored.
  if (given !== undefined && isAbsolute(given)) return join(given, "wecom-push")
  const home = env["HOME"] ?? homedir()
  if (home !== "" && home !== "/nonexistent") return join(home, ".cache", "wecom-push")
  // Service accounts often have no home.
  return join(tmpdir(), `wecom-push-${userInfo().uid}`)
}

/** Why nothing in the cache folder may be used; undefined when it may. */
export function cacheFault({ io, language }: Pick<Context, "io" | "language">): CommandFault | undefined {
  const folder = cacheFolder(io.env)
  const trouble = folderTrouble(folder)
  if (trouble === undefined) return undefined
  return { path: "XDG_CACHE_HOME", message: say(language, trouble, { folder, variable: "XDG_CACHE_HOME" }) }
}
