import { join } from "node:path"
import { ClockFile } from "../gateway/clock-file.ts"
import { GatewayProcess } from "../gateway/gateway-process.ts"
import type { ProcessOptions } from "../gateway/gateway-process.ts"
import { Lives } from "../gateway/lives.ts"
import type { GatewayPlan } from "../gateway/plan.ts"

/** One of the gateways of a bad day. */
export class DayNode implements AsyncDisposable {
  /** From 1. */
  readonly number: number
  readonly clock: ClockFile
  readonly #lives: Lives
  /** Ends when a gateway ends that was not told to. */
  readonly died = Promise.withResolvers<never>()
  #mayEnd = false

  /** @param usuallyAheadMs its clock, before it is set */
  constructor(number: number, plan: GatewayPlan, usuallyAheadMs: number, options: ProcessOptions) {
    this.number = number
    this.clock = new ClockFile(join(plan.home, "..", `clock-${number}`), usuallyAheadMs)
    const { environment, nodeOptions = [] } = options
    this.#lives = new Lives(
      () =>
        new GatewayProcess(plan, {
          ...options,
          nodeOptions: [`--import=${this.clock.preload}`, ...nodeOptions],
          environment: { ...this.clock.environment, ...environment },
        }),
    )
    this.died.promise.catch(() => undefined)
  }

  get url(): string | undefined {
    return this.#lives.current?.url
  }

  get pid(): number {
    return this.#lives.current?.pid ?? 0
  }

  async start(): Promise<GatewayProcess> {
    const gateway = await this.#lives.begin()
    void this.#watch(gateway)
    await gateway.start()
    return gateway
  }

  async #watch({ exit }: GatewayProcess): Promise<void> {
    const how = await exit
    if (!this.#mayEnd) this.died.reject(new Error(`the gateway of node ${this.number} ended by itself (${how})`))
  }

  signal(name: "SIGSTOP" | "SIGCONT"): void {
    this.#lives.current?.signal(name)
  }

  /** As a supervisor does it. @returns how it ended */
  async stop(): Promise<string> {
    this.#mayEnd = true
    return (await this.#lives.current?.stop()) ?? "0"
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#mayEnd = true
    await this.#lives.end()
  }
}
