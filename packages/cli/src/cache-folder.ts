import { homedir, tmpdir, userInfo } from "node:os"
import { isAbsolute, join } from "node:path"
import type { Io } from "./io.ts"

/** Where token, look-ups and the running simulator are kept: `$XDG_CACHE_HOME/wecom-push`, for its owner alone. */
export function cacheFolder(env: Io["env"]): string {
  const given = env["XDG_CACHE_HOME"]
  // The standard calls a relative path invalid, to be ignored.
  if (given !== undefined && isAbsolute(given)) return join(given, "wecom-push")
  const home = env["HOME"] ?? homedir()
  if (home !== "" && home !== "/nonexistent") return join(home, ".cache", "wecom-push")
  // Service accounts often have no home.
  return join(tmpdir(), `wecom-push-${userInfo().uid}`)
}
