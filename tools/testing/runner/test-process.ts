import { spawn } from "node:child_process"
import type { ChildProcess } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { createInterface } from "node:readline"
import type { Readable } from "node:stream"
import { endTree } from "../end-tree.ts"
import { EVENTS_FD } from "./events.ts"
import type { FileEnd, Orders, ProcessEvent, TestEvent } from "./events.ts"

export interface Patience {
  /** How long a file may be silent while it runs a test: longer than the limit of one test. */
  readonly inTestSeconds: number
  /** How long a file may be silent while it runs no test: it is loading, or should have ended. */
  readonly betweenTestsSeconds: number
  /** How long the output of a process may stay open after its end: a process that it left behind may keep it open. */
  readonly outputSeconds: number
}

export interface TestProcessOptions {
  readonly patience: Patience
  readonly orders: Orders
  readonly env: NodeJS.ProcessEnv
  readonly started: (file: string) => void
  /** Called in the order of the files. */
  readonly ended: (run: FileRun) => void
}

export interface FileRun {
  /** The path from the root. */
  readonly file: string
  readonly events: readonly TestEvent[]
  readonly wallMs: number
  /** The last event of the file; missing if the process ended before it. */
  readonly end?: FileEnd
  /** The reason why the runner ended its process. */
  readonly ended?: string
  /** How its process ended, if it ended before the file. */
  readonly exit?: string
}

interface OpenFile {
  readonly file: string
  readonly startedAt: number
  readonly events: TestEvent[]
  readonly openTests: Map<number, string>
  lastTest: string | undefined
}

const PROGRAM = join(import.meta.dirname, "process.ts")

/**
 * A process that runs files one after another. It is ended when a file does not end: node has a time limit only for tests, and
 * would wait forever for a file that is stuck in a loop, or keeps a server open after its last test.
 */
export class TestProcess implements Disposable {
  readonly #files: readonly string[]
  readonly #patience: Patience
  readonly #child: ChildProcess
  readonly #timer: NodeJS.Timeout
  readonly #started: (file: string) => void
  readonly #ended: (run: FileRun) => void
  readonly #spawnedAt = performance.now()
  #done = 0
  #file: OpenFile | undefined
  #hasExited = false
  #silentSeconds = 0
  #whyEnded: string | undefined

  constructor(files: readonly string[], { patience, orders, env, started, ended }: TestProcessOptions) {
    this.#files = files
    this.#patience = patience
    this.#started = started
    this.#ended = ended
    const { NODE_TEST_CONTEXT: _, ...inherited } = env
    this.#child = spawn(
      process.execPath,
      ["--conditions=wecom-push-source", PROGRAM, JSON.stringify(orders), ...files],
      { env: inherited, stdio: ["ignore", "pipe", "pipe", "pipe"] },
    )
    for (const [index, type] of [
      [1, "test:stdout"],
      [2, "test:stderr"],
    ] as const) {
      const output = this.#child.stdio[index] as Readable
      output.setEncoding("utf8").on("data", (message: string) => this.#hear({ type, data: { message } }))
    }
    createInterface({ input: this.#child.stdio[EVENTS_FD] as Readable }).on("line", (line) => {
      // Wait, because earlier output of the file may be read only now.
      setImmediate(() => this.#hear(JSON.parse(line) as ProcessEvent))
    })
    this.#child.once("exit", () => {
      this.#hasExited = true
      this.#silentSeconds = 0
    })
    // Seconds are counted by this timer, so that no file is ended after the machine was suspended.
    this.#timer = setInterval(() => this.#look(), 1000)
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
    if (!this.#hasExited && this.#child.pid !== undefined) endTree(this.#child.pid)
  }

  /** The file that it runs now. */
  get running(): string {
    return this.#file?.file ?? this.#files[this.#done] ?? this.#files.at(-1) ?? ""
  }

  describe(): string {
    if (this.#hasExited) {
      return `${this.#files.join(", ")}: a process it has started and left behind holds its output`
    }
    return describe(this.running, this.#silentSeconds, this.#file)
  }

  /** The output so far of the file that it runs now. */
  get printed(): string {
    return (this.#file?.events ?? [])
      .filter(({ type }) => type === "test:stdout" || type === "test:stderr")
      .map(({ data: { message = "" } }) => message)
      .join("")
  }

  /** @returns the files that it has not begun */
  async whenEnded(): Promise<readonly string[]> {
    const [code, signal] = (await once(this.#child, "close")) as [number | null, NodeJS.Signals | null]
    await new Promise(setImmediate)
    clearInterval(this.#timer)
    const broken = this.#done < this.#files.length || this.#whyEnded !== undefined
    if (broken) {
      const exit = `its process ended ${signal === null ? `with exit code ${code}` : `by ${signal}`}, before the file had`
      this.#end(this.#whyEnded === undefined ? { exit } : { ended: this.#whyEnded })
    }
    return this.#files.slice(this.#done)
  }

  #hear(event: ProcessEvent): void {
    if (event.type === "file:start") {
      this.#file ??= openFile(event.file)
      this.#started(event.file)
      this.#silentSeconds = 0
    } else if (event.type === "file:end") {
      this.#end({ end: event })
      this.#silentSeconds = 0
    } else this.#hearTest(event)
  }

  #hearTest(event: TestEvent): void {
    const file = (this.#file ??= openFile(this.running))
    const {
      type,
      data: { testId, name },
    } = event
    if (type === "test:stdout" || type === "test:stderr") return void file.events.push(event)
    if (testId !== undefined && name !== undefined) this.#silentSeconds = 0
    if (type === "test:enqueue") file.openTests.set(testId ?? 0, name ?? "")
    else if (type === "test:dequeue") file.lastTest = name
    else if (type === "test:complete") file.openTests.delete(testId ?? 0)
    else file.events.push(event)
  }

  #end(how: Pick<FileRun, "end" | "ended" | "exit">): void {
    const { file, events, startedAt } = this.#file ?? openFile(this.running, this.#spawnedAt)
    this.#done += 1
    this.#file = undefined
    this.#ended({ file, events, wallMs: performance.now() - startedAt, ...how })
  }

  #look(): void {
    this.#silentSeconds += 1
    if (this.#silentSeconds !== this.#limit) return
    this.#whyEnded = this.describe()
    if (!this.#hasExited && this.#child.pid !== undefined) return endTree(this.#child.pid)
    for (const stream of this.#child.stdio) stream?.destroy()
  }

  get #limit(): number {
    if (this.#hasExited) return this.#patience.outputSeconds
    return (this.#file?.openTests.size ?? 0) > 0 ? this.#patience.inTestSeconds : this.#patience.betweenTestsSeconds
  }
}

function openFile(file: string, startedAt = performance.now()): OpenFile {
  return { file, startedAt, events: [], openTests: new Map(), lastTest: undefined }
}

function describe(file: string, silentSeconds: number, open: OpenFile | undefined): string {
  const [test] = open?.openTests.values() ?? []
  const lastTest = open?.lastTest
  if (lastTest === undefined && test === undefined) return `${file}: no word of any test for ${silentSeconds} s`
  if (test === undefined) return `${file}: it was still running ${silentSeconds} s after its last test ("${lastTest}")`
  return `${file}: nothing new for ${silentSeconds} s in "${lastTest ?? test}"`
}
