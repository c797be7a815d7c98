import type { Socket } from "node:net"
import type { OpenConnections } from "./open-connections.ts"
import { sendQueues } from "./send-queues.ts"

/**
 * How many checks are made within a client's time limit. Checks are counted instead of time: while this process did not run,
 * it did not check either.
 */
const LOOKS = 5

interface Stand {
  readonly taken: string
  /** How many checks saw the same. */
  readonly looks: number
}

/**
 * Closes connections whose clients do not read their answers: an answer stays in memory until it is read. Works only where
 * the system says how much clients have read (Linux); elsewhere the longer time limit of any idle connection applies.
 */
export class UnreadAnswers implements Disposable {
  readonly #connections: OpenConnections
  readonly #onClosed: (count: number) => void
  readonly #timer: NodeJS.Timeout
  #stands = new Map<Socket, Stand>()
  #isLooking = false

  /** @param limitMs how long a client may read nothing */
  constructor(
    connections: OpenConnections,
    { limitMs, onClosed }: { limitMs: number; onClosed: (count: number) => void },
  ) {
    this.#connections = connections
    this.#onClosed = onClosed
    this.#timer = setInterval(() => void this.#look(), limitMs / LOOKS).unref()
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return
    this.#isLooking = true
    try {
      await this.#closeUnread()
    } finally {
      this.#isLooking = false
    }
  }

  async #closeUnread(): Promise<void> {
    const waiting = [...this.#connections.all].filter(({ writableLength }) => writableLength > 0)
    const port = waiting[0]?.localPort
    const queues = port === undefined ? undefined : await sendQueues(port)
    const stands = new Map<Socket, Stand>()
    let closed = 0
    for (const socket of queues === undefined ? [] : waiting) {
      const { remotePort = 0, bytesWritten, writableLength } = socket
      if (writableLength === 0 || socket.destroyed) continue
      const taken = `${bytesWritten - writableLength} ${queues?.get(remotePort) ?? ""}`
      const before = this.#stands.get(socket)
      const looks = before?.taken === taken ? before.looks + 1 : 0
      if (looks < LOOKS) stands.set(socket, { taken, looks })
      else {
        closed++
        // Closed by a reset, which also drops the bytes that the system still holds for the client.
        socket.resetAndDestroy()
      }
    }
    this.#stands = stands
    if (closed > 0) this.#onClosed(closed)
  }
}
