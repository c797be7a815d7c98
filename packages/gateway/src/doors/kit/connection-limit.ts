import type { Server } from "node:http"
import type { Socket } from "node:net"
import type { OpenConnections } from "./open-connections.ts"

/** Connections beyond the limit that are let in all the same, for a health check to be among them. */
const RESERVE = 128
const TELL_EVERY_MS = 1000

/**
 * Makes room for a new connection where there is none: the oldest that has not asked anything goes first, then the one that
 * has waited longest for a next request. Where all have a request, those beyond the limit are let in for one, since only
 * then is it known whether it is a health check; of too many of them the one that has waited longest is refused.
 */
export class ConnectionLimit {
  readonly #limit: number
  readonly #connections: OpenConnections
  readonly #refuse: (socket: Socket) => void
  readonly #onReached: () => void
  /** In the order in which they came. */
  readonly #beyond = new Set<Socket>()
  #toldAt = -Infinity

  /**
   * @param connections of the server, which has to know of a new one before this does
   * @param refuse answers a connection that has had no answer yet, and ends it
   * @param onReached called once a second at most while more connections come than there is room for
   */
  constructor(
    server: Server,
    connections: OpenConnections,
    { limit, refuse, onReached }: { limit: number; refuse: (socket: Socket) => void; onReached: () => void },
  ) {
    this.#connections = connections
    this.#limit = limit
    this.#refuse = refuse
    this.#onReached = onReached
    server.on("connection", (socket: Socket) => this.#take(socket))
  }

  /** Whether a request on this connection is more than there is room for. */
  isBeyond(socket: Socket): boolean {
    if (!this.#beyond.has(socket)) return false
    if (this.#admitted >= this.#limit) return true
    // Others have left meanwhile.
    this.#beyond.delete(socket)
    return false
  }

  get #admitted(): number {
    return this.#connections.size - this.#beyond.size
  }

  #take(socket: Socket): void {
    if (this.#admitted <= this.#limit) return
    this.#tell()
    if (this.#makeRoom(socket)) return
    this.#beyond.add(socket)
    socket.once("close", () => this.#beyond.delete(socket))
    if (this.#beyond.size <= RESERVE) return
    const [longest] = this.#beyond
    if (longest === undefined) return
    this.#beyond.delete(longest)
    this.#refuse(longest)
  }

  #makeRoom(newcomer: Socket): boolean {
    for (const silent of this.#connections.silent) {
      if (silent === newcomer || this.#beyond.has(silent)) continue
      this.#connections.dismiss(silent)
      this.#refuse(silent)
      return true
    }
    const [idle] = this.#connections.idle
    if (idle === undefined) return false
    this.#connections.dismiss(idle)
    idle.destroy()
    return true
  }

  #tell(): void {
    const now = performance.now()
    if (now - this.#toldAt < TELL_EVERY_MS) return
    this.#toldAt = now
    this.#onReached()
  }
}
