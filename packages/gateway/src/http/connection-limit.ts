import type { Server } from "node:http"
import type { Socket } from "node:net"

/** Connections beyond the limit that are let in all the same, for a health check to be among them. */
const RESERVE = 128
const TIDY_EVERY_MS = 1000

/**
 * Counts the connections of a server. Those beyond the limit are let in for one request, since only then is it known
 * whether it is a health check; of too many of them the one that has waited longest is refused.
 */
export class ConnectionLimit {
  readonly #limit: number
  readonly #server: Server
  readonly #refuse: (socket: Socket) => void
  readonly #onReached: () => void
  /** In the order in which they came. */
  readonly #beyond = new Set<Socket>()
  #open = 0
  #tidiedAt = -Infinity

  /**
   * @param refuse answers a connection that has not been told anything yet, and ends it
   * @param onReached called once a second at most while more connections come than there is room for
   */
  constructor(
    server: Server,
    { limit, refuse, onReached }: { limit: number; refuse: (socket: Socket) => void; onReached: () => void },
  ) {
    this.#server = server
    this.#limit = limit
    this.#refuse = refuse
    this.#onReached = onReached
    server.on("connection", (socket: Socket) => this.#take(socket))
  }

  /** How many there are, those beyond the limit included. */
  get open(): number {
    return this.#open
  }

  /** Whether a request on this connection is more than there is room for. */
  isBeyond(socket: Socket): boolean {
    if (!this.#beyond.has(socket)) return false
    if (this.#open - this.#beyond.size >= this.#limit) return true
    // Others have left meanwhile.
    this.#beyond.delete(socket)
    return false
  }

  #take(socket: Socket): void {
    this.#open++
    socket.once("close", () => {
      this.#open--
      this.#beyond.delete(socket)
    })
    if (this.#open - this.#beyond.size <= this.#limit) return
    this.#tidy()
    this.#beyond.add(socket)
    if (this.#beyond.size <= RESERVE) return
    const [longest] = this.#beyond
    if (longest === undefined) return
    this.#beyond.delete(longest)
    this.#refuse(longest)
  }

  /** Connections that are kept for a next request make room for those that have one. */
  #tidy(): void {
    const now = performance.now()
    if (now - this.#tidiedAt < TIDY_EVERY_MS) return
    this.#tidiedAt = now
    this.#onReached()
    this.#server.closeIdleConnections()
  }
}
