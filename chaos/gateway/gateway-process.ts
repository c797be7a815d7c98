import { spawn } from "node:child_process"
import type { ChildProcess } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import type { Readable } from "node:stream"
import type { Phase } from "../history.ts"
import type { CrashPoint, FromChild, GatewayPlan, ToChild } from "./plan.ts"
import { TrailReader } from "./trail.ts"

export interface ProcessOptions {
  /** File handle for what the process prints. */
  readonly output: number
  /** Programs to run it under, as `strace` with its flags. */
  readonly under?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  /** Loaded before anything else. */
  readonly preloads?: readonly string[]
}

/** A gateway in a process of its own, to be killed. */
export class GatewayProcess {
  readonly #child: ChildProcess
  readonly #trail = new TrailReader()
  readonly #loaded: Promise<void>
  readonly #exit: Promise<string>
  #url: string | undefined
  #isDead = false

  constructor(plan: GatewayPlan, { output, under = [], environment = {}, preloads = [] }: ProcessOptions) {
    const imports = [...preloads, join(import.meta.dirname, "preload.ts")].flatMap((file) => ["--import", file])
    const flags = ["--disable-warning=ExperimentalWarning", "--conditions=wecom-push-source", ...imports]
    const node = [process.execPath, ...flags, join(import.meta.dirname, "child.ts")]
    const [command = process.execPath, ...words] = [...under, ...node]
    this.#child = spawn(command, words, {
      stdio: ["ignore", output, output, "ipc", "pipe"],
      env: { PATH: process.env["PATH"] ?? "", ...environment, CHAOS_PLAN: JSON.stringify(plan) },
    })
    const trail = this.#child.stdio[4] as Readable
    trail.setEncoding("latin1").on("data", (letters: string) => this.#trail.read(letters))
    // `close` comes after the last of the trail has been read; `exit` may come before.
    this.#exit = once(this.#child, "close").then(([code, signal]: (number | string | null)[]) => {
      this.#isDead = true
      this.#url = undefined
      return String(signal ?? code)
    })
    this.#loaded = this.#told("loaded").then(() => undefined)
    this.#loaded.catch(() => undefined)
  }

  /** Resolves when its code is there and it waits to be started. */
  get loaded(): Promise<void> {
    return this.#loaded
  }

  /** Undefined before it is ready, and after its death. */
  get url(): string | undefined {
    return this.#url
  }

  get isDead(): boolean {
    return this.#isDead
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Signal or exit code, once it is gone. */
  get exit(): Promise<string> {
    return this.#exit
  }

  /** Resolves when it takes requests; rejects when it dies before that. */
  async start(crashPoint: CrashPoint | null = null): Promise<string> {
    await this.#loaded
    const ready = this.#told("ready")
    this.#tell({ kind: "go", crashPoint })
    const message = await ready
    if (message.kind !== "ready") throw new Error("unreachable")
    if (this.#isDead) throw new Error("the gateway died as it became ready")
    this.#url = message.url
    return message.url
  }

  /** What it was about when it died, or is about now. */
  phases(): Phase[] {
    return this.#trail.phases()
  }

  async kill(): Promise<void> {
    this.#url = undefined
    this.#child.kill("SIGKILL")
    await this.#exit
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  /** As a supervisor does it. */
  async stop(): Promise<string> {
    this.#url = undefined
    this.#tell({ kind: "stop" })
    return this.#exit
  }

  #tell(message: ToChild): void {
    if (this.#child.connected) this.#child.send(message)
  }

  async #told(kind: FromChild["kind"]): Promise<FromChild> {
    const { promise, resolve, reject } = Promise.withResolvers<FromChild>()
    const listen = (message: FromChild): void => {
      if (message.kind === "failed") reject(new Error(`the gateway does not start: ${message.error}`))
      else if (message.kind === kind) resolve(message)
    }
    this.#child.on("message", listen)
    this.#child.once("error", reject)
    this.#child.once("exit", (code, signal) => reject(new ProcessDied(String(signal ?? code))))
    try {
      return await promise
    } finally {
      this.#child.off("message", listen)
      this.#child.off("error", reject)
    }
  }
}

/** It was gone before it was ready. */
export class ProcessDied extends Error {
  override readonly name = "ProcessDied"

  constructor(how: string) {
    super(`the gateway ended (${how}) before it was ready`)
  }
}
