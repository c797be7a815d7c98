import { mkdtempSync, openSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { startSimulator } from "@wecom-push/simulator"
import type { Simulator } from "@wecom-push/simulator"
import { gatherCalls } from "../check/gather.ts"
import { SEND_PATH } from "../check/evidence.ts"
import type { LedgerCall, ToldRecipient } from "../check/evidence.ts"
import { GatewayProcess, ProcessDied } from "../gateway/gateway-process.ts"
import type { ProcessOptions } from "../gateway/gateway-process.ts"
import type { CrashPoint, GatewayPlan } from "../gateway/plan.ts"
import { http, mustAnswer } from "../lib/http.ts"
import type { HttpReply } from "../lib/http.ts"
import { FaultProxy } from "../proxy/fault-proxy.ts"
import type { ProxyHooks } from "../proxy/line.ts"
import { packCommand } from "../../tools/packed-command.ts"
import { DEFAULT_APP, organisation, simulatorSettings } from "../world.ts"

export const ADMIN_KEY = "points-0123456789abcdef0123456789abcdef"
const LONGEST_WAIT_MS = 30_000

export interface RigOptions {
  readonly hooks?: ProxyHooks
  /** Where the database is to be; a temporary folder unless given. */
  readonly data?: string
}

export interface Message {
  readonly id: string
  readonly state: string
}

/** A simulator, a proxy before it, and the packed command in a process that a test can kill. */
export class Rig implements AsyncDisposable {
  readonly folder: string
  readonly simulator: Simulator
  readonly proxy: FaultProxy
  readonly databaseFile: string
  readonly #output: number
  readonly #installed: Installation
  #gateway: GatewayProcess | undefined

  private constructor(
    installed: Installation,
    folder: string,
    simulator: Simulator,
    proxy: FaultProxy,
    databaseFile: string,
  ) {
    this.#installed = installed
    this.folder = folder
    this.simulator = simulator
    this.proxy = proxy
    this.databaseFile = databaseFile
    this.#output = openSync(join(folder, "gateway.log"), "a")
  }

  static async open({ hooks = {}, data }: RigOptions = {}): Promise<Rig> {
    const installed = await installation()
    const folder = mkdtempSync(join(tmpdir(), "wecom-push-points-"))
    const simulator = await startSimulator({
      port: 0,
      org: organisation(3000),
      settings: simulatorSettings("documented"),
    })
    const proxy = await FaultProxy.to(simulator.port, hooks)
    return new Rig(installed, folder, simulator, proxy, join(data ?? folder, "gateway.db"))
  }

  get gateway(): GatewayProcess {
    if (this.#gateway === undefined) throw new Error("no gateway was started")
    return this.#gateway
  }

  /** A process that is to kill itself at `crashPoint` may do so before it is ready. */
  async start(crashPoint: CrashPoint | null = null, options: Partial<ProcessOptions> = {}): Promise<void> {
    const gateway = this.spawn(options)
    try {
      await gateway.start(crashPoint)
    } catch (error) {
      if (crashPoint === null || !(error instanceof ProcessDied)) throw error
    }
  }

  spawn(options: Partial<ProcessOptions> = {}): GatewayProcess {
    const plan: GatewayPlan = {
      ...this.#installed,
      database: `sqlite:${this.databaseFile}`,
      masterKey: null,
      baseUrl: `http://127.0.0.1:${this.proxy.port}`,
      adminKey: ADMIN_KEY,
      control: null,
      markers: null,
    }
    this.#gateway = new GatewayProcess(plan, { output: this.#output, ...options })
    return this.#gateway
  }

  /** Resolves when the gateway has killed itself. */
  async dies(): Promise<void> {
    const end = await within(this.gateway.exit, "the gateway to die")
    if (end !== "SIGKILL") throw new Error(`the gateway ended with ${end}`)
  }

  /** @returns undefined when no reply came */
  async post(topic: string, to: Readonly<Record<string, unknown>>, key = topic): Promise<HttpReply | undefined> {
    const body = { app: DEFAULT_APP, to, msgtype: "text", text: { content: `${topic} 磁盘 91%` } }
    const request = { url: `${this.gateway.url}/v1/messages`, method: "POST" as const, body }
    return http({ ...request, headers: { ...AUTHORIZED, "idempotency-key": key } }).catch(() => undefined)
  }

  /** Posts what must be accepted. @returns its id */
  async mustPost(topic: string, to: Readonly<Record<string, unknown>>): Promise<string> {
    const reply = await this.post(topic, to)
    if (reply?.status === 202) return (reply.json as Message).id
    throw new Error(`not accepted: ${reply?.status} ${reply?.text}`)
  }

  get<T>(path: string): Promise<T> {
    return mustAnswer<T>({ url: `${this.gateway.url}${path}`, headers: AUTHORIZED })
  }

  async messages(): Promise<readonly Message[]> {
    return (await this.get<{ items: readonly Message[] }>("/v1/messages?limit=1000")).items
  }

  async recipients(id: string): Promise<readonly ToldRecipient[]> {
    return (await this.get<{ items: readonly ToldRecipient[] }>(`/v1/messages/${id}/recipients?limit=1000`)).items
  }

  /** The outcome of each recipient, once it is final. */
  async outcome(id: string): Promise<readonly string[]> {
    return until("the message to be finished", async () => {
      const { recipients } = await this.get<{ recipients: { pending: number } }>(`/v1/messages/${id}`)
      return recipients.pending === 0 ? (await this.recipients(id)).map(({ state }) => state) : undefined
    })
  }

  calls(): Promise<LedgerCall[]> {
    return gatherCalls(this.simulator.url)
  }

  async sends(topic: string): Promise<readonly LedgerCall[]> {
    return (await this.calls()).filter((call) => call.path === SEND_PATH && call.topic === topic)
  }

  /** How many copies each person's phone shows. */
  async shown(topic: string): Promise<Readonly<Record<string, number>>> {
    const copies: Record<string, number> = {}
    for (const { shown } of await this.sends(topic))
      for (const person of shown) copies[person] = (copies[person] ?? 0) + 1
    return copies
  }

  async fault(fault: Readonly<Record<string, unknown>>): Promise<void> {
    await mustAnswer({ url: `${this.simulator.url}/_sim/faults`, method: "POST", body: fault })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#gateway?.kill()
    await this.proxy[Symbol.asyncDispose]()
    await this.simulator.close()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

type Installation = Pick<GatewayPlan, "command" | "home">

let installed: Promise<Installation> | undefined

/** One for all tests of a file. It was started once in this home, because a killed gateway stores no compiled code. */
function installation(): Promise<Installation> {
  installed ??= install()
  return installed
}

async function install(): Promise<Installation> {
  const { home: folder, command } = await packCommand()
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }))
  const home = join(folder, "home")
  const plan = {
    command,
    home,
    database: `sqlite:${join(folder, "first.db")}`,
    masterKey: null,
    baseUrl: "http://127.0.0.1:9",
    adminKey: ADMIN_KEY,
  }
  const first = new GatewayProcess(
    { ...plan, control: null, markers: null },
    { output: openSync(join(folder, "log"), "a") },
  )
  await first.start()
  await first.stop()
  return { command, home }
}

const AUTHORIZED = { authorization: `Bearer ${ADMIN_KEY}` }

/** Repeats the question until there is an answer. */
export async function until<T>(what: string, ask: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const end = performance.now() + LONGEST_WAIT_MS
  for (;;) {
    const answer = await ask()
    if (answer !== undefined && answer !== false) return answer
    if (performance.now() > end) throw new Error(`waited too long for ${what}`)
    await sleep(20)
  }
}

async function within<T>(promise: Promise<T>, what: string): Promise<T> {
  const late = sleep(LONGEST_WAIT_MS, undefined, { ref: false }).then(() => {
    throw new Error(`waited too long for ${what}`)
  })
  return Promise.race([promise, late])
}
