import { once } from "node:events"
import { createConnection, createServer } from "node:net"
import type { AddressInfo, Server, Socket } from "node:net"
import type { History } from "../history.ts"
import type { Random } from "../lib/random.ts"

export interface CommitCutterOptions {
  /** Of the server. */
  readonly socketFile: string
  readonly history: Pick<History, "add">
  readonly random: Random
}

/**
 * The way of one node to its database. Now and then it passes a COMMIT on and loses the reply, with the connection: nobody
 * on this side can know whether it was done.
 */
export class CommitCutter implements AsyncDisposable {
  readonly #options: CommitCutterOptions
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #isHealed = false

  static async start(options: CommitCutterOptions): Promise<CommitCutter> {
    const cutter = new CommitCutter(options)
    cutter.#server.listen(0, "127.0.0.1")
    await once(cutter.#server, "listening")
    return cutter
  }

  private constructor(options: CommitCutterOptions) {
    this.#options = options
    this.#server = createServer((client) => this.#join(client))
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** From now on all replies arrive. */
  heal(): void {
    this.#isHealed = true
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close")
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  #join(client: Socket): void {
    const { socketFile, history, random } = this.#options
    const server = createConnection(socketFile)
    let isCutting = false
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(one)
      one.on("error", () => other.destroy())
      one.on("close", () => {
        this.#sockets.delete(one)
        other.destroy()
      })
    }
    client.on("end", () => server.end())
    server.on("end", () => client.end())
    client.on("data", (bytes) => {
      isCutting = !this.#isHealed && bytes.subarray(-COMMIT.length).equals(COMMIT) && random.chance(CUT)
      server.write(bytes)
    })
    server.on("data", (bytes) => {
      if (isCutting) {
        history.add({ kind: "database", fault: "commit_cut", forMs: 0 })
        client.resetAndDestroy()
      } else client.write(bytes)
    })
  }
}

/** The message as it is sent: its kind, its length, the statement. */
const COMMIT = Buffer.from("Q\0\0\0\u000bcommit\0")
const CUT = 0.02
