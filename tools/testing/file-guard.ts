import type { ChildProcess } from "node:child_process"
import { subscribe, unsubscribe } from "node:diagnostics_channel"
import { relative, resolve } from "node:path"
import { endTree } from "./end-tree.ts"

export interface Patience {
  /** For a file that runs a test: longer than the runner lets one test take. */
  readonly inTestSeconds: number
  /** For a file that runs none: it is loaded, or should have ended. */
  readonly betweenTestsSeconds: number
  /** For the output of a file that has ended: a process it has left behind may hold that open. */
  readonly outputSeconds: number
}

/** What node's test runner tells of one test. */
export interface TestNews {
  readonly entryFile?: string
  readonly testId?: number
  readonly name?: string
  readonly nesting?: number
}

interface RunningFile {
  readonly file: string
  readonly child: ChildProcess
  readonly startedAt: number
  readonly openTests: Map<number, string>
  lastTest: string | undefined
  hasExited: boolean
  silentSeconds: number
}

/**
 * Ends test files that do not end. Node's own time limit is one for tests: a file that is stuck in a loop, or keeps a
 * server open after its last test, would be waited for without end.
 */
export class FileGuard implements Disposable {
  /** Why each file was ended that was, by its path. */
  readonly ended = new Map<string, string>()
  /** Each file that has ended, and how long it took. */
  readonly durations = new Map<string, number>()
  readonly #running = new Map<string, RunningFile>()
  readonly #patience: Patience
  readonly #timer: NodeJS.Timeout

  constructor(patience: Patience) {
    this.#patience = patience
    subscribe("child_process", this.#created)
    // Seconds are counted as turns of this timer, so that a machine that stood still ends no file.
    this.#timer = setInterval(() => this.#look(), 1000)
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
    unsubscribe("child_process", this.#created)
    for (const { child } of this.#running.values()) {
      if (child.pid !== undefined) endTree(child.pid)
    }
  }

  get running(): readonly string[] {
    return [...this.#running.values()].map(describe)
  }

  /** Is told what the runner tells. */
  hear(type: string, { entryFile, testId, name }: TestNews): void {
    const file = entryFile === undefined ? undefined : this.#running.get(entryFile)
    if (file === undefined || testId === undefined || name === undefined) return
    if (type === "test:enqueue") file.openTests.set(testId, name)
    else if (type === "test:dequeue") file.lastTest = name
    else if (type === "test:complete") file.openTests.delete(testId)
    else return
    file.silentSeconds = 0
  }

  /** The runner starts a process for each file, the file being its last word, and offers no other way to get at it. */
  readonly #created = (message: unknown): void => {
    const { process: child } = message as { readonly process: ChildProcess }
    child.once("spawn", () => {
      const path = resolve(child.spawnargs.at(-1) ?? "")
      const file: RunningFile = {
        file: relative(process.cwd(), path),
        child,
        startedAt: performance.now(),
        openTests: new Map(),
        lastTest: undefined,
        hasExited: false,
        silentSeconds: 0,
      }
      this.#running.set(path, file)
      child.once("exit", () => {
        file.hasExited = true
        file.silentSeconds = 0
      })
      child.once("close", () => {
        this.#running.delete(path)
        this.durations.set(file.file, performance.now() - file.startedAt)
      })
    })
  }

  #look(): void {
    for (const file of this.#running.values()) {
      file.silentSeconds += 1
      if (file.silentSeconds === this.#limitOf(file)) this.#end(file)
    }
  }

  #limitOf({ hasExited, openTests }: RunningFile): number {
    if (hasExited) return this.#patience.outputSeconds
    return openTests.size > 0 ? this.#patience.inTestSeconds : this.#patience.betweenTestsSeconds
  }

  #end(file: RunningFile): void {
    this.ended.set(resolve(file.file), describe(file))
    if (!file.hasExited && file.child.pid !== undefined) return endTree(file.child.pid)
    file.child.stdout?.destroy()
    file.child.stderr?.destroy()
  }
}

function describe({ file, hasExited, openTests, lastTest, silentSeconds }: RunningFile): string {
  const [open] = openTests.values()
  if (hasExited) return `${file}: a process it has started and left behind holds its output`
  if (lastTest === undefined && open === undefined) return `${file}: no word of any test for ${silentSeconds} s`
  if (open === undefined) return `${file}: it went on for ${silentSeconds} s after its last test ("${lastTest}")`
  return `${file}: nothing new for ${silentSeconds} s in "${lastTest ?? open}"`
}
