import { randomInt } from "node:crypto"
import { once } from "node:events"
import { createServer } from "node:net"
import type { Server } from "node:net"
import { Line } from "./line.ts"
import type { ExchangeAtWork, ProxyHooks } from "./line.ts"

/**
 * A proxy between a gateway and its WeCom that does to the wire what networks do. All it knows of HTTP is that one
 * connection carries one exchange after another, and of WebSocket that a smart robot's frames are answered by their `req_id`.
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

  /** Those whose reply may not have passed whole. */
  atWork(): readonly ExchangeAtWork[] {
    return [...this.#lines].flatMap((line) => line.atWork)
  }

  /** Takes connections, again on the same port after `refuse`. */
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

  /** New connections are refused; existing ones continue. */
  refuse(): void {
    this.#server?.close()
    this.#server = undefined
  }

  /** Every connection is cut at once. */
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
 * Below the ports that systems hand out by themselves: while connections are refused, no other program may get the port.
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
