import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { ClockFile } from "../gateway/clock-file.ts"
import { GatewayProcess } from "../gateway/gateway-process.ts"
import type { ProcessOptions } from "../gateway/gateway-process.ts"
import { Lives } from "../gateway/lives.ts"
import type { GatewayPlan } from "../gateway/plan.ts"
import { tellByFile } from "../gateway/told-by-file.ts"

/** Where a gateway may stop itself. */
export const STEPS = ["start", "gettoken", "fetch", "begin", "settle", "give_back"] as const
export type Step = (typeof STEPS)[number]

/** One of the gateways of a bad day. */
export class DayNode implements AsyncDisposable {
  /** Counted from 1. */
  readonly number: number
  readonly clock: ClockFile
  readonly #lives: Lives
  readonly #stepFile: string
  /** Rejects when a gateway ends that was not stopped. */
  readonly died = Promise.withResolvers<never>()
  #isStopping = false

  /** @param usuallyAheadMs how far its clock is ahead before it is set */
  constructor(number: number, plan: GatewayPlan, usuallyAheadMs: number, options: ProcessOptions) {
    this.number = number
    this.clock = new ClockFile(join(plan.home, "..", `clock-${number}`), usuallyAheadMs)
    this.#stepFile = join(plan.home, "..", `step-${number}`)
    tellByFile(this.#stepFile, "")
    const { environment, nodeOptions = [] } = options
    this.#lives = new Lives(
      () =>
        new GatewayProcess(plan, {
          ...options,
          nodeOptions: [this.clock.preload, STANDS_STILL, ...nodeOptions].map((preload) => `--import=${preload}`),
          environment: { ...this.clock.environment, CHAOS_STEP: this.#stepFile, ...environment },
        }),
    )
    this.died.promise.catch(() => undefined)
  }

  get url(): string | undefined {
    return this.#lives.current?.url
  }

  /** Starts its next gateway, after it has killed a running one. @param meanwhile runs while it starts */
  async start(meanwhile: () => Promise<void> = () => Promise.resolve()): Promise<void> {
    const gateway = await this.#lives.begin()
    void this.#watch(gateway)
    await Promise.all([gateway.start(), meanwhile()])
  }

  async #watch({ exit }: GatewayProcess): Promise<void> {
    const how = await exit
    if (how !== "SIGKILL" && !this.#isStopping)
      this.died.reject(new Error(`the gateway of node ${this.number} ended by itself (${how})`))
  }

  /**
   * The gateway stops itself when it reaches the step. If it does not reach it for a while, it is paused where it is.
   * @returns whether it reached the step
   */
  async standStillAt(step: Step): Promise<boolean> {
    const gateway = this.#lives.current
    if (gateway === undefined) throw new Error(`node ${this.number} has not been started`)
    const late = new AbortController()
    const came = gateway.standsStill.then(() => true)
    tellByFile(this.#stepFile, step)
    const cameThere = await Promise.race([
      came,
      sleep(LONGEST_WAIT_FOR_STEP_MS, false, { signal: late.signal }).catch(() => false),
    ])
    late.abort()
    tellByFile(this.#stepFile, "")
    if (!cameThere) gateway.signal("SIGSTOP")
    return cameThere
  }

  /** Sends the signal twice: on a busy machine a process that had stopped itself was seen to stay stopped after the first. */
  async goOn(): Promise<void> {
    const gateway = this.#lives.current
    gateway?.signal("SIGCONT")
    await sleep(GOES_ON_MS)
    gateway?.signal("SIGCONT")
  }

  /** Stops the gateway as a supervisor does. @returns how it ended */
  async stop(): Promise<string> {
    this.#isStopping = true
    return (await this.#lives.current?.stop()) ?? "0"
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopping = true
    await this.#lives.end()
  }
}

const STANDS_STILL = join(import.meta.dirname, "../gateway/stands-still.js")
const GOES_ON_MS = 100
const LONGEST_WAIT_FOR_STEP_MS = 5000
