import { once } from "node:events"
import { createConnection, createServer } from "node:net"
import type { AddressInfo, Server, Socket } from "node:net"

/** `cut`: connections are reset. `silent`: no answer comes. */
export type WayState = "open" | "cut" | "silent"

/** A proxy between gateways and a bucket, on which a test makes things go wrong. */
export class BucketWay implements AsyncDisposable {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #state: WayState = "open"
  /** How many connections it refused. */
  turnedAway = 0

  static async to(port: number): Promise<BucketWay> {
    const way = new BucketWay(port)
    way.#server.listen(0, "127.0.0.1")
    await once(way.#server, "listening")
    return way
  }

  private constructor(port: number) {
    this.#server = createServer((client) => {
      this.#keep(client)
      if (this.#state !== "open") {
        this.turnedAway++
        if (this.#state === "cut") client.resetAndDestroy()
        return
      }
      const server = createConnection({ port, host: "127.0.0.1" })
      this.#keep(server)
      client.pipe(server).pipe(client)
      client.on("close", () => server.destroy())
      server.on("close", () => client.destroy())
    })
    this.#server.unref()
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Ends the connections that are open, too. */
  turn(state: WayState): void {
    this.#state = state
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close")
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket)
    socket.unref()
    socket.on("error", () => undefined)
    socket.on("close", () => this.#sockets.delete(socket))
  }
}
