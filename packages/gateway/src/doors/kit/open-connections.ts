import type { IncomingMessage, Server, ServerResponse } from "node:http"
import type { Socket } from "node:net"
import { BodyBudget } from "./body-budget.ts"
import { Pipeline } from "./pipeline.ts"
import type { Rounds } from "./rounds.ts"

const MIB = 1024 * 1024
/**
 * The memory for requests that arrive before earlier ones are answered. A client that sends more gets no answer to the rest.
 */
const READ_AHEAD = { totalBytes: 8 * MIB, largeBytes: 8 * MIB, smallBytes: 0 }

/** The connections of a server, and the state of each. */
export class OpenConnections {
  readonly #budget = new BodyBudget(READ_AHEAD)
  readonly #rounds: Rounds
  readonly #pipelines = new Map<Socket, Pipeline>()
  readonly #silent = new Set<Socket>()
  readonly #idle = new Set<Socket>()

  constructor(server: Server, rounds: Rounds) {
    this.#rounds = rounds
    server.on("connection", (socket: Socket) => this.#open(socket))
    // Registered before the listener that answers, because it may answer at once.
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

  /** All connections, in the order in which they came. */
  get all(): Iterable<Socket> {
    return this.#pipelines.keys()
  }

  /** Connections that have not sent the complete head of a request yet, the oldest first. */
  get silent(): Iterable<Socket> {
    return this.#silent
  }

  /** Connections that wait for a next request, longest wait first. */
  get idle(): Iterable<Socket> {
    return this.#idle
  }

  /** Closes connections on which no byte has arrived: the server would wait for their heads as long as for slow ones. */
  closeUnused(): void {
    for (const socket of this.#silent) if (socket.bytesRead === 0) socket.destroy()
  }

  /** The connection is being closed, and no longer counts. */
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
