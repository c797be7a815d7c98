import { once } from "node:events"
import { connect } from "node:net"
import type { Socket } from "node:net"

/**
 * A minimal HTTP client, so that on a small machine the server is measured and not the client. Each call uses one of the
 * `connections`, which are kept open.
 */
export class RawClient implements Disposable {
  readonly #free: Connection[]
  readonly #all: readonly Connection[]

  private constructor(connections: readonly Connection[]) {
    this.#all = connections
    this.#free = [...connections]
  }

  static async connect(port: number, connections: number): Promise<RawClient> {
    return new RawClient(await Promise.all(Array.from({ length: connections }, () => Connection.open(port))))
  }

  /**
   * @param more headers, each with the end of its line
   * @throws when the answer has another status, or no connection is free
   */
  post(path: string, key: string, body: string, wantedStatus = 202, more = ""): Promise<string> {
    const head =
      `POST ${path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${key}\r\n${more}` +
      `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`
    return this.#exchange(head + body, path, wantedStatus)
  }

  /** @throws as `post` does */
  get(path: string): Promise<string> {
    return this.#exchange(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`, path, 200)
  }

  async #exchange(request: string, path: string, wantedStatus: number): Promise<string> {
    const connection = this.#free.pop()
    if (connection === undefined) throw new Error("more requests under way than connections")
    const answer = await connection.exchange(request)
    this.#free.push(connection)
    if (!answer.startsWith(`HTTP/1.1 ${wantedStatus} `)) throw new Error(`${path} answered ${answer.slice(0, 2000)}`)
    return answer
  }

  [Symbol.dispose](): void {
    for (const connection of this.#all) connection.end()
  }
}

class Connection {
  readonly #socket: Socket
  #received = ""
  #resolve: (answer: string) => void = () => {}
  #reject: (error: Error) => void = () => {}

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true).setEncoding("latin1")
    socket.on("data", (text: string) => {
      this.#received += text
      if (isWhole(this.#received)) this.#resolve(this.#received)
    })
    socket.on("error", (error) => this.#reject(error))
    socket.on("close", () => this.#reject(new Error("the server closed the connection")))
  }

  static async open(port: number): Promise<Connection> {
    const socket = connect(port, "127.0.0.1")
    await once(socket, "connect")
    return new Connection(socket)
  }

  exchange(request: string): Promise<string> {
    this.#received = ""
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
      if (this.#socket.destroyed) return reject(new Error("the server closed the connection"))
      this.#socket.write(request)
    })
  }

  end(): void {
    this.#socket.destroy()
  }
}

function isWhole(answer: string): boolean {
  const headEnd = answer.indexOf("\r\n\r\n")
  if (headEnd < 0) return false
  const length = /\r\ncontent-length: (\d+)/i.exec(answer.slice(0, headEnd))?.[1]
  return length === undefined ? answer.endsWith("\r\n0\r\n\r\n") : answer.length >= headEnd + 4 + Number(length)
}
