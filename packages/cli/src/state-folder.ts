import { homedir, tmpdir, userInfo } from "node:os"
import { isAbsolute, join } from "node:path"
import type { Io } from "./io.ts"

/** Where files for the user are left: `$XDG_STATE_HOME/wecom-push`, for its owner alone. */
export function stateFolder(env: Io["env"]): string {
  const given = env["XDG_STATE_HOME"]
  // The standard calls a relative path invalid, to be ignored.
  if (given !== undefined && isAbsolute(given)) return join(given, "wecom-push")
  const home = env["HOME"] ?? homedir()
  if (home !== "" && home !== "/nonexistent") return join(home, ".local", "state", "wecom-push")
  return spareFolder()
}

/** Service accounts often have no home. */
export function spareFolder(): string {
  return join(tmpdir(), `wecom-push-${userInfo().uid}`)
}
