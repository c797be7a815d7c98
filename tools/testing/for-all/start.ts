import { fork } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { endTree } from "../end-tree.ts"

/** Something that is started once for a whole run of the tests, in a process beside the runner. A single file starts its own. */
export interface StartForAllTests {
  /** The name in the message when it cannot be started. */
  readonly name: string
  /** @param files the files that run, as paths from the root */
  isNeededBy(files: readonly string[]): boolean
  /**
   * @param resources its resources are released at the end of the run, the last one first
   * @returns environment variables for the test files
   */
  start(resources: AsyncDisposableStack): Promise<Readonly<Record<string, string>>>
}

export interface ForAllTests extends AsyncDisposable {
  readonly env: Readonly<Record<string, string>>
}

/** The message of the process when everything has been started. */
export interface Started {
  readonly env: Readonly<Record<string, string>>
}

const PROGRAM = join(import.meta.dirname, "process.ts")
const LIST = join(import.meta.dirname, "list.ts")
const END_MS = 10_000

/**
 * Starts what many test files share, in a process that releases everything and ends when this process has ended in any way.
 * @param list the module whose `STARTS` are started
 */
export async function startForAllTests(files: readonly string[], list = LIST): Promise<ForAllTests> {
  const { STARTS } = (await import(list)) as { readonly STARTS: readonly StartForAllTests[] }
  if (!STARTS.some((one) => one.isNeededBy(files))) return { env: {}, [Symbol.asyncDispose]: () => Promise.resolve() }
  const child = fork(PROGRAM, [list], {
    // Not in the terminal's group, so that Ctrl-C does not reach it: it ends after the runner.
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
