import { spawn } from "node:child_process"
import type { ChildProcess } from "node:child_process"
import { once } from "node:events"
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import type { Duplex, Readable } from "node:stream"
import type { Phase } from "../history.ts"
import { APPS, CALLBACK_KEYS, CORP_ID } from "../world.ts"
import type { CrashPoint, GatewayPlan } from "./plan.ts"
import { TrailReader } from "./trail.ts"

export interface ProcessOptions {
  /** File handle for what the process logs. */
  readonly output: number
  /** Programs to run it under, as `strace` with its flags. */
  readonly under?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  /** Flags for Node, such as further preloads. */
  readonly nodeOptions?: readonly string[]
}

/** The packed command's `serve` in a process of its own, configured as users do it, to be killed. */
export class GatewayProcess {
  readonly #child: ChildProcess
  readonly #driver: Duplex
  readonly #trail = new TrailReader()
  readonly #loaded = Promise.withResolvers<void>()
  readonly #ready = Promise.withResolvers<string>()
  #standsStill = Promise.withResolvers<void>()
  readonly #exit: Promise<string>
  #url: string | undefined
  #printed = ""
  #isDead = false

  constructor(plan: GatewayPlan, { output, under = [], environment = {}, nodeOptions = [] }: ProcessOptions) {
    const serve = [plan.command, "serve", "--port", "0", "--json"]
    const [program = process.execPath, ...words] = [...under, process.execPath, ...serve]
    this.#child = spawn(program, words, {
      stdio: ["ignore", "pipe", output, "pipe", "pipe"],
      env: { ...environmentOf(plan, nodeOptions), ...environment },
    })
    const trail = this.#child.stdio[4] as Readable
    trail.setEncoding("latin1").on("data", (letters: string) => {
      this.#trail.read(letters)
      if (letters.includes("L")) this.#loaded.resolve()
      if (letters.includes("F")) this.#standsStill.resolve()
    })
    this.#driver = this.#child.stdio[3] as Duplex
    // The process may be killed while a message to it is on its way.
    this.#driver.on("error", () => undefined).resume()
    void this.#readAddress(this.#child.stdout as Readable)
    // `close` comes after the last of the trail has been read; `exit` may come before.
    this.#exit = once(this.#child, "close").then(([code, signal]: (number | string | null)[]) => {
      const how = String(signal ?? code)
      this.#isDead = true
      this.#url = undefined
      const error = how === "SIGKILL" ? new ProcessDied() : new StartFailed(how, this.#printed)
      this.#loaded.reject(error)
      this.#ready.reject(error)
      return how
    })
    for (const promise of [this.#loaded.promise, this.#ready.promise]) promise.catch(() => undefined)
  }

  /** Resolves when its code is loaded and it waits to be started. */
  get loaded(): Promise<void> {
    return this.#loaded.promise
  }

  /** Resolves when it stops itself the next time, at the step that the driver has named. */
  get standsStill(): Promise<void> {
    this.#standsStill = Promise.withResolvers<void>()
    return this.#standsStill.promise
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

  /** The signal or exit code, once it has ended. */
  get exit(): Promise<string> {
    return this.#exit
  }

  /** Resolves when it takes requests; rejects when it dies before that. */
  async start(crashPoint: CrashPoint | null = null): Promise<string> {
    await this.loaded
    this.#driver.write(`${JSON.stringify({ crashPoint })}\n`)
    const url = await this.#ready.promise
    if (this.#isDead) throw new ProcessDied()
    this.#url = url
    return url
  }

  /** What it was doing when it died, or is doing now. */
  phases(): Phase[] {
    return this.#trail.phases()
  }

  async kill(): Promise<void> {
    this.#url = undefined
    this.#child.kill("SIGKILL")
    await this.#exit
  }

  /** Takes it out of the load balancer: it gets no more requests. */
  withdraw(): void {
    this.#url = undefined
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  /** Stops it as a supervisor does. */
  async stop(): Promise<string> {
    this.#url = undefined
    this.#child.kill("SIGTERM")
    return this.#exit
  }

  /** With `--json` the first line of output holds the address, or the reason why it does not start. */
  async #readAddress(stdout: Readable): Promise<void> {
    for await (const text of stdout.setEncoding("utf8") as AsyncIterable<string>) {
      this.#printed += text
      const [line = "", ...more] = this.#printed.split("\n", 2)
      if (more.length === 0) continue
      const { url } = JSON.parse(line) as { readonly url?: string }
      if (url !== undefined) this.#ready.resolve(url)
    }
  }
}

/** The whole environment of the process: a home of its own, and the settings of the guide. */
function environmentOf(plan: GatewayPlan, nodeOptions: readonly string[]): Record<string, string> {
  const { home, database, baseUrl, adminKey, masterKey, control, markers } = plan
  const [app] = APPS
  mkdirSync(join(home, "tmp"), { recursive: true })
  const preloads = ["preload.js", ...(control === null && markers === null ? [] : ["wrap-store.ts"])].map(
    (name) => `--import=${join(import.meta.dirname, name)}`,
  )
  return {
    PATH: process.env["PATH"] ?? "",
    HOME: home,
    TMPDIR: join(home, "tmp"),
    LOG_LEVEL: "warn",
    WECOM_API_BASE_URL: baseUrl,
    WECOM_BOT_URL: `${baseUrl.replace(/^http/, "ws")}/_bot`,
    WECOM_CORP_ID: CORP_ID,
    WECOM_AGENT_ID: String(app.agentId),
    WECOM_APP_SECRET: app.secret,
    WECOM_CALLBACK_TOKEN: CALLBACK_KEYS.token,
    WECOM_ENCODING_AES_KEY: CALLBACK_KEYS.encoding_aes_key,
    WECOM_PUSH_ADMIN_KEY: adminKey,
    // Not a flag: with a flag, the gateway would not read a direct address from the environment.
    WECOM_PUSH_DATABASE_URL: database,
    NODE_OPTIONS: [...preloads, ...nodeOptions].join(" "),
    ...(masterKey === null ? {} : { WECOM_PUSH_MASTER_KEY: masterKey }),
    ...(control === null ? {} : { CHAOS_CONTROL: control }),
    ...(markers === null ? {} : { CHAOS_MARKERS: markers }),
  }
}

/** It was killed before it was ready. */
export class ProcessDied extends Error {
  override readonly name = "ProcessDied"

  constructor() {
    super("the gateway was killed before it was ready")
  }
}

/** It ended by itself before it was ready. */
export class StartFailed extends Error {
  override readonly name = "StartFailed"

  constructor(how: string, printed: string) {
    super(`the gateway does not start: it ended with ${how} ${printed.trim()}`)
  }
}
