import { join } from "node:path"
import { packCommand } from "../../../../tools/packed-command.ts"
import { shared } from "../../../../tools/testing/shared.ts"
import { start } from "./start-process.ts"
import type { Running, StartOptions } from "./start-process.ts"

/**
 * Starts the command as users get it, for files that start it dozens of times: the built command needs half the CPU
 * time of the sources to load. The compile cache is kept for all tests of the file.
 */
export function packedStart(): typeof start {
  const packed = shared(async (resources) => resources.use(await packCommand()))
  return (argv, cwd, env, options?: StartOptions): Running => {
    const { command, home } = packed()
    return start(argv, cwd, { NODE_COMPILE_CACHE: join(home, "compiled"), ...env }, { launcher: command, ...options })
  }
}
