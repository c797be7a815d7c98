import { randomInt } from "node:crypto"
import { once } from "node:events"
import { createServer } from "node:net"
import type { Server } from "node:net"
import { Line } from "./line.ts"
import type { ExchangeAtWork, ProxyHooks } from "./line.ts"

/**
 * A proxy between a gateway and its WeCom that causes network faults. It knows about HTTP only that a connection carries one
 * exchange after another, and about WebSocket only that a smart robot's frames are answered by their `req_id`.
 */
export class FaultProxy implements AsyncDisposable {
  readonly #target: number
  readonly #hooks: ProxyHooks
  readonly #lines = new Set<Line>()
  #server: Server | undefined
  #port = 0

  private constructor(target: number, hooks: ProxyHooks) {
    this.#target = target
    this.#hooks = hooks
  }

  static async to(targetPort: number, hooks: ProxyHooks = {}): Promise<FaultProxy> {
    const proxy = new FaultProxy(targetPort, hooks)
    await proxy.listen()
    return proxy
  }

  get port(): number {
    return this.#port
  }

  /** Paths of the requests whose reply has not begun. */
  waiting(): readonly string[] {
    return [...this.#lines].flatMap((line) => line.waiting)
  }

  /** The exchanges whose reply may not have passed completely. */
  atWork(): readonly ExchangeAtWork[] {
    return [...this.#lines].flatMap((line) => line.atWork)
  }

  /** Accepts connections; after `refuse`, again on the same port. */
  async listen(): Promise<void> {
    if (this.#server !== undefined) return
    const server = createServer((client) => {
      const line = new Line(client, this.#target, this.#hooks)
      this.#lines.add(line)
      client.once("close", () => this.#lines.delete(line))
    })
    this.#server = server
    if (this.#port === 0) this.#port = await listenWhereFree(server)
    else await listenOn(server, this.#port)
  }

  /** Refuses new connections; existing ones continue. */
  refuse(): void {
    this.#server?.close()
    this.#server = undefined
  }

  /** Cuts every connection at once. */
  cut(): void {
    for (const line of this.#lines) line.cut()
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.refuse()
    this.cut()
    return Promise.resolve()
  }
}

/**
 * Takes a port below those that systems assign by themselves, so that no other program gets it while connections are refused.
 * @returns its port
 */
async function listenWhereFree(server: Server): Promise<number> {
  for (let tries = 1; ; tries++) {
    const port = randomInt(20_000, 32_000)
    try {
      await listenOn(server, port)
      return port
    } catch (error) {
      if (tries === MOST_TRIES) throw error
    }
  }
}

async function listenOn(server: Server, port: number): Promise<void> {
  server.listen(port, "127.0.0.1")
  await once(server, "listening")
}

const MOST_TRIES = 20
