import type { IncomingMessage, Server, ServerResponse } from "node:http"
import type { Socket } from "node:net"
import { BodyBudget } from "./body-budget.ts"
import { Pipeline } from "./pipeline.ts"
import type { Rounds } from "./rounds.ts"

const MIB = 1024 * 1024
/** Of requests that have come before those ahead of them were answered. A client that sends more gets no answer to the rest. */
const READ_AHEAD = { totalBytes: 8 * MIB, largeBytes: 8 * MIB, smallBytes: 0 }

/** The connections of a server, and what each of them is at. */
export class OpenConnections {
  readonly #budget = new BodyBudget(READ_AHEAD)
  readonly #rounds: Rounds
  readonly #pipelines = new Map<Socket, Pipeline>()
  readonly #silent = new Set<Socket>()
  readonly #idle = new Set<Socket>()

  constructor(server: Server, rounds: Rounds) {
    this.#rounds = rounds
    server.on("connection", (socket: Socket) => this.#open(socket))
    // Before the listener that answers, which may do so at once.
    for (const event of ["request", "checkExpectation"]) {
      server.prependListener(event, (request: IncomingMessage, response: ServerResponse) =>
        this.#asked(request, response),
      )
    }
    server.on("checkExpectation", (_request, response: ServerResponse) => response.writeHead(417).end())
  }

  get size(): number {
    return this.#pipelines.size
  }

  /** In the order in which they came. */
  get all(): Iterable<Socket> {
    return this.#pipelines.keys()
  }

  /** Those that have not sent the whole head of a request yet, the oldest first. */
  get silent(): Iterable<Socket> {
    return this.#silent
  }

  /** Those that wait for a next request, the one that has waited longest first. */
  get idle(): Iterable<Socket> {
    return this.#idle
  }

  /** Those on which no byte has come: the server would wait for a whole head as long as it waits for a slow one. */
  closeUnused(): void {
    for (const socket of this.#silent) if (socket.bytesRead === 0) socket.destroy()
  }

  /** It is being closed, and counts no more. */
  dismiss(socket: Socket): void {
    this.#pipelines.delete(socket)
    this.#silent.delete(socket)
    this.#idle.delete(socket)
  }

  #open(socket: Socket): void {
    this.#pipelines.set(socket, new Pipeline(socket, { rounds: this.#rounds, budget: this.#budget }))
    this.#silent.add(socket)
    socket.once("close", () => this.dismiss(socket))
  }

  #asked(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request
    const pipeline = this.#pipelines.get(socket)
    if (pipeline === undefined) return
    pipeline.asked(request)
    this.#silent.delete(socket)
    this.#idle.delete(socket)
    response.once("close", () => {
      pipeline.answered()
      if (pipeline.unanswered === 0 && this.#pipelines.has(socket)) this.#idle.add(socket)
    })
  }
}
