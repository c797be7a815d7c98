import type { GatewayProcess } from "./gateway-process.ts"

/** The current gateway, and the next one, which loads already: the gateway's start is to be tested, not Node's. */
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

  /** Describes the state of the current gateway. */
  told(node: number): string {
    const current = this.#current
    if (current === undefined) return `node ${node}, which has not begun`
    const state = current.isDead ? "is dead" : current.url === undefined ? "takes no requests" : "takes requests"
    return `node ${node} (process ${current.pid}), which ${state}`
  }

  /** Makes the next gateway the current one, after it has killed the one before. */
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
