import { spawn } from "node:child_process"
import type { ChildProcess } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"

const ownLauncher = join(import.meta.dirname, "..", "..", "bin", "wecom-push.js")

/** Where the run of the tests keeps compiled sources, if it does: without them, half of a start is compiling. */
const { NODE_COMPILE_CACHE } = process.env
const compiled = NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE }

/** The command as a process of its own; one that still runs at the end of a test is killed. */
export interface Running extends AsyncDisposable {
  readonly child: ChildProcess
  /** Resolves with stdout and stderr so far once they hold this. */
  says(what: RegExp): Promise<string>
  ended(): Promise<Ended>
}

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface StartOptions {
  readonly launcher?: string
  /** A file's descriptor in place of a pipe. */
  readonly stdout?: "pipe" | number
  readonly stdin?: "ignore" | "pipe"
  /** A program, with its arguments, that ends by running the command in its place. */
  readonly under?: readonly string[]
}

export function start(
  argv: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
  { launcher = ownLauncher, stdout: to = "pipe", stdin = "ignore", under = [] }: StartOptions = {},
): Running {
  const [program = "", ...words] = [...under, process.execPath, launcher, ...argv]
  const child = spawn(program, words, {
    cwd,
    env: {
      PATH: process.env["PATH"],
      HOME: cwd,
      XDG_CACHE_HOME: join(cwd, "cache"),
      ...(launcher === ownLauncher && compiled),
      ...env,
    },
    stdio: [stdin, to, "pipe"],
  })
  let stdout = ""
  let stderr = ""
  const waiting = new Set<() => void>()
  const heard = (): void => {
    for (const wake of waiting) wake()
  }
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text
    heard()
  })
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text
    heard()
  })
  const closed = once(child, "close")
  void closed.then(heard)
  return {
    child,
    async says(what) {
      while (!what.test(stdout + stderr)) {
        if (child.exitCode !== null) throw new Error(`ended without saying ${what}: ${stdout}${stderr}`)
        const { promise, resolve } = Promise.withResolvers<void>()
        waiting.add(resolve)
        await promise
        waiting.delete(resolve)
      }
      return stdout + stderr
    },
    async ended() {
      await closed
      return { code: child.exitCode, stdout, stderr }
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null) child.kill("SIGKILL")
      await closed
    },
  }
}
