import { once } from "node:events"
import { createConnection, createServer } from "node:net"
import type { Server, Socket } from "node:net"
import { freePort } from "../../../../../../tools/testing/free-port.ts"
import { pairSockets } from "./pair-sockets.ts"

/**
 * A proxy in front of a server that can be shut, and then lead to another one: connections end, and no new ones are
 * made.
 */
export class Gate implements AsyncDisposable {
  #target: string
  readonly #sockets = new Set<Socket>()
  #server: Server | undefined
  #port = 0

  /** @param url of a database, whose server is reached by a socket file */
  constructor(url: string) {
    const host = new URL(url.replace("@/", "@x/")).searchParams.get("host")
    this.#target = socketIn(host ?? "")
  }

  /** From its next opening on. */
  leadTo(socketFolder: string): void {
    this.#target = socketIn(socketFolder)
  }

  async open(): Promise<void> {
    const server = createServer((from) => {
      const to = createConnection(this.#target)
      pairSockets(from, to, this.#sockets)
      from.pipe(to)
      to.pipe(from)
    })
    this.#server = server
    // While it is shut no other program may get its port.
    this.#port ||= await freePort()
    server.listen(this.#port, "127.0.0.1")
    await once(server, "listening")
  }

  async shut(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    const closed = new Promise((resolve) => server?.close(resolve) ?? resolve(undefined))
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  /** The same database through this gate. */
  url(url: string): string {
    return url.replace("@/", `@127.0.0.1:${this.#port}/`).replace(/\?.*$/, "")
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shut()
  }
}

function socketIn(folder: string): string {
  return `${folder}/.s.PGSQL.5432`
}
