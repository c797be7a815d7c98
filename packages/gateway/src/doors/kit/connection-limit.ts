import type { Server } from "node:http"
import type { Socket } from "node:net"
import type { OpenConnections } from "./open-connections.ts"

/** This many connections beyond the limit are accepted, because one of them may be for a health check. */
const RESERVE = 128
const TELL_EVERY_MS = 1000

/**
 * Makes room for a new connection if there is none: first it closes the oldest connection without any request, then the one
 * that has waited longest for a next request. If all have a request, connections beyond the limit are accepted for one
 * request, since only the request shows whether it is a health check. If there are too many of these, the one that has
 * waited longest is refused.
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
   * @param connections of the server; they must include a new connection before this handles it
   * @param refuse answers a connection that has had no answer yet, and ends it
   * @param onReached called at most once a second while more connections come than there is room for
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
    // There is room again, because other connections have ended.
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
