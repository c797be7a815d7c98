import { fork } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { endTree } from "../end-tree.ts"

/** Started once for a whole run of the tests, in a process beside the runner. A file that runs alone starts its own. */
export interface StartForAllTests {
  /** For the message when it cannot be started. */
  readonly name: string
  /** @param files that run, as paths from the root: of a few files none may need it */
  isNeededBy(files: readonly string[]): boolean
  /**
   * @param resources what is given to it is given back at the end of the run, the last one first
   * @returns environment variables for the test files
   */
  start(resources: AsyncDisposableStack): Promise<Readonly<Record<string, string>>>
}

export interface ForAllTests extends AsyncDisposable {
  readonly env: Readonly<Record<string, string>>
}

/** What the process says when everything has been started. */
export interface Started {
  readonly env: Readonly<Record<string, string>>
}

const PROGRAM = join(import.meta.dirname, "process.ts")
const LIST = join(import.meta.dirname, "list.ts")
const END_MS = 10_000

/**
 * Starts what many test files share. It runs in a process that gives everything back and ends when this one is gone,
 * however this one has ended.
 * @param list the module that says what, as `STARTS`
 */
export async function startForAllTests(files: readonly string[], list = LIST): Promise<ForAllTests> {
  const { STARTS } = (await import(list)) as { readonly STARTS: readonly StartForAllTests[] }
  if (!STARTS.some((one) => one.isNeededBy(files))) return { env: {}, [Symbol.asyncDispose]: () => Promise.resolve() }
  const child = fork(PROGRAM, [list], {
    // Away from the terminal's Ctrl-C: it ends when the runner has.
    detached: true,
    execArgv: ["--conditions=wecom-push-source"],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  })
  const exited = once(child, "exit")
  child.send(files)
  const [first] = (await Promise.race([once(child, "message"), exited])) as [Started | number | null]
  child.unref()
  child.channel?.unref()
  return {
    env: typeof first === "object" && first !== null ? first.env : {},
    async [Symbol.asyncDispose]() {
      const hasExited = (): boolean => child.exitCode !== null || child.signalCode !== null
      if (child.connected) child.disconnect()
      child.ref()
      if (!hasExited()) await Promise.race([exited, sleep(END_MS, undefined, { ref: false })])
      if (!hasExited() && child.pid !== undefined) endTree(child.pid)
    },
  }
}
