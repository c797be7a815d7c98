import type { GatewayProcess } from "./gateway-process.ts"

/** The gateway that lives now, and the next one, loading already: what is to be tested is its start, not Node's. */
export class Lives {
  readonly #spawn: () => GatewayProcess
  #current: GatewayProcess | undefined
  #next: GatewayProcess

  constructor(spawn: () => GatewayProcess) {
    this.#spawn = spawn
    this.#next = spawn()
  }

  get current(): GatewayProcess | undefined {
    return this.#current
  }

  /** What is to be seen of it. */
  told(node: number): string {
    const current = this.#current
    if (current === undefined) return `node ${node}, which has not begun`
    const state = current.isDead ? "is dead" : current.url === undefined ? "takes no requests" : "takes requests"
    return `node ${node} (process ${current.pid}), which ${state}`
  }

  /** Kills the one before, if it lives. */
  async begin(): Promise<GatewayProcess> {
    await this.#current?.kill()
    this.#current = this.#next
    this.#next = this.#spawn()
    return this.#current
  }

  async end(): Promise<void> {
    await Promise.all([this.#current?.kill(), this.#next.kill()])
  }
}
