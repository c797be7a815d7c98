import { once } from "node:events"
import { createConnection, createServer } from "node:net"
import type { AddressInfo, Server, Socket } from "node:net"
import { pairSockets } from "./pair-sockets.ts"

export interface CommitCutterOptions {
  /** Whether the reply to this COMMIT is to be lost. */
  readonly cuts: () => boolean
  readonly onCut?: () => void
}

/**
 * The way of a node to its database. It passes a COMMIT on and loses the reply, with the connection: nobody on this side
 * can know whether it was done.
 */
export class CommitCutter implements AsyncDisposable {
  readonly #database: string
  readonly #socketFile: string
  readonly #options: CommitCutterOptions
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  /** @param url of a database whose server is reached by a socket file */
  static async before(url: string, options: CommitCutterOptions): Promise<CommitCutter> {
    const cutter = new CommitCutter(url, options)
    cutter.#server.listen(0, "127.0.0.1")
    await once(cutter.#server, "listening")
    return cutter
  }

  private constructor(url: string, options: CommitCutterOptions) {
    const { pathname, searchParams } = new URL(url.replace("@/", "@x/"))
    this.#database = pathname
    this.#socketFile = `${searchParams.get("host")}/.s.PGSQL.5432`
    this.#options = options
    this.#server = createServer((client) => this.#join(client))
  }

  /** Of the same database, by this way. */
  get url(): string {
    return `postgres://postgres:postgres@127.0.0.1:${(this.#server.address() as AddressInfo).port}${this.#database}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close")
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  #join(client: Socket): void {
    const { cuts, onCut } = this.#options
    const server = createConnection(this.#socketFile)
    let isCutting = false
    pairSockets(client, server, this.#sockets)
    client.on("end", () => server.end())
    server.on("end", () => client.end())
    client.on("data", (bytes) => {
      isCutting = bytes.subarray(-COMMIT.length).equals(COMMIT) && cuts()
      server.write(bytes)
    })
    server.on("data", (bytes) => {
      if (isCutting) {
        onCut?.()
        client.resetAndDestroy()
      } else client.write(bytes)
    })
  }
}

/** The message as it is sent: its kind, its length, the statement. */
const COMMIT = Buffer.from("Q\0\0\0\u000bcommit\0")
