import { existsSync, globSync, mkdtempDisposableSync, readdirSync, symlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { pathToFileURL } from "node:url"
import { PROGRAMS, SYSTEM_FOLDERS } from "./programs.ts"
import type { Program } from "./programs.ts"

export interface BareMachine extends Disposable {
  readonly env: NodeJS.ProcessEnv
}

/** The environment of a process that finds no optional program: neither in `PATH` nor in other folders. */
export function bareMachine(): BareMachine {
  const programs: readonly Program[] = Object.values(PROGRAMS)
  const files = new Set(programs.flatMap(({ files }) => files))
  const bin = mkdtempDisposableSync(join(tmpdir(), "bare-machine-"))
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    for (const name of existsSync(folder) ? readdirSync(folder) : []) {
      const link = join(bin.path, name)
      if (!files.has(name) && !existsSync(link)) symlinkSync(join(folder, name), link)
    }
  }
  const elsewhere = [
    ...SYSTEM_FOLDERS,
    ...programs.flatMap(({ folders = [] }) => folders.flatMap((each) => globSync(each))),
  ]
  const hidden = elsewhere
    .flatMap((folder) => [...files].map((file) => join(folder, file)))
    .filter((path) => existsSync(path))
  const preload = pathToFileURL(join(import.meta.dirname, "fixtures/hide-programs.js")).href
  // This variable names programs that are hidden.
  const { WECOM_PUSH_TEST_POSTGRES_PROGRAMS: _, ...env } = process.env
  return {
    env: { ...env, PATH: bin.path, NODE_OPTIONS: `--import=${preload}`, HIDDEN_FILES: hidden.join(delimiter) },
    [Symbol.dispose]: () => bin.remove(),
  }
}
