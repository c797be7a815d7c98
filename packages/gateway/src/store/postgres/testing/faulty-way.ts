import { once } from "node:events"
import { createConnection, createServer } from "node:net"
import type { AddressInfo, Server, Socket } from "node:net"
import { pairSockets } from "./pair-sockets.ts"

/**
 * The fault for what a node sends, and for its connection. `cut_before`: it does not arrive. `cut_after`: it arrives,
 * and the reply is lost. A number: it arrives that many milliseconds later. `silence`: neither this nor anything after
 * it arrives, and the connection stays.
 */
export type WayFault = "cut_before" | "cut_after" | "silence" | number | undefined

/** A proxy between a node and its database, on which a test makes things go wrong. */
export class FaultyWay implements AsyncDisposable {
  readonly #database: string
  readonly #socketFile: string
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #faultOf: (sent: Buffer) => WayFault
  readonly #onCut: () => void

  /**
   * @param url of a database whose server is reached by a socket file
   * @param faultOf called for each piece that a node sends: one message of the protocol or several, whole or not
   * @param onCut called when a connection was cut
   */
  static async to(url: string, faultOf: (sent: Buffer) => WayFault, onCut = (): void => {}): Promise<FaultyWay> {
    const way = new FaultyWay(url, faultOf, onCut)
    way.#server.listen(0, "127.0.0.1")
    await once(way.#server, "listening")
    return way
  }

  private constructor(url: string, faultOf: (sent: Buffer) => WayFault, onCut: () => void) {
    const { pathname, searchParams } = new URL(url.replace("@/", "@x/"))
    this.#database = pathname
    this.#socketFile = `${searchParams.get("host")}/.s.PGSQL.5432`
    this.#faultOf = faultOf
    this.#onCut = onCut
    this.#server = createServer((client) => this.#join(client))
  }

  /** The same database through this proxy. */
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
    const server = createConnection(this.#socketFile)
    let losesReply = false
    let isSilent = false
    pairSockets(client, server, this.#sockets)
    client.on("end", () => server.end())
    server.on("end", () => client.end())
    client.on("data", (bytes) => {
      const fault = isSilent ? "silence" : this.#faultOf(bytes)
      isSilent ||= fault === "silence"
      if (isSilent) return
      losesReply = fault === "cut_after"
      if (fault === "cut_before") this.#cut(client)
      else if (typeof fault === "number") this.#later(fault, client, () => server.write(bytes))
      else server.write(bytes)
    })
    server.on("data", (bytes) => {
      if (losesReply) this.#cut(client)
      else if (!isSilent) client.write(bytes)
    })
  }

  #cut(client: Socket): void {
    this.#onCut()
    client.resetAndDestroy()
  }

  /** Nothing that comes after it overtakes it. */
  #later(ms: number, client: Socket, send: () => void): void {
    client.pause()
    setTimeout(() => {
      send()
      client.resume()
    }, ms)
  }
}

/** A COMMIT as it is sent: its kind, its length, the statement; or the end of several statements. */
export function isCommit(sent: Buffer): boolean {
  return [COMMIT, COMMIT_AFTER_OTHERS].some((end) => sent.subarray(-end.length).equals(end))
}

const COMMIT = Buffer.from("Q\0\0\0\u000bcommit\0")
const COMMIT_AFTER_OTHERS = Buffer.from("; commit and chain\0")
