import type { Socket } from "node:net"
import { startRawServer } from "../../../../sdk/src/testing/raw-server.ts"
import type { RawServer } from "../../../../sdk/src/testing/raw-server.ts"

/** How the far side handles a call: it takes it, refuses it, ends the connection after reading it, or keeps it waiting. */
export type Behaviour = "accepts" | "refuses" | "cuts" | "hangs"

export const REFUSED_WITH = 40008

/** What a test sees of the other side of a channel. */
export interface OtherSide extends AsyncDisposable {
  does: Behaviour
  /** Bodies of the calls that came in. */
  readonly sent: readonly string[]
  /** How many calls wait for an answer, with the channel holding them. */
  readonly waiting: number
}

/** A server in WeCom's place, by which a test sees what a channel sent, and whether the channel still holds anything. */
export class FarSide implements OtherSide {
  readonly #server: RawServer
  readonly #sent: string[] = []
  readonly #waiting = new Set<Socket>()
  does: Behaviour = "accepts"

  /** @param sendPath the path of calls, as in `/cgi-bin/message/send`; requests with other paths get a token */
  static async start(sendPath: string): Promise<FarSide> {
    const { promise: ready, resolve } = Promise.withResolvers<FarSide>()
    const server = await startRawServer({
      onRequest: (socket, number) =>
        void (async () => (await ready).#answer(socket, server.requests[number - 1] ?? "", sendPath))(),
    })
    const side = new FarSide(server)
    resolve(side)
    return side
  }

  private constructor(server: RawServer) {
    this.#server = server
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.port}`
  }

  /** Bodies of the calls that came in. */
  get sent(): readonly string[] {
    return this.#sent
  }

  /** How many calls wait for an answer on a connection that is open. */
  get waiting(): number {
    return [...this.#waiting].filter((socket) => !socket.destroyed).length
  }

  #answer(socket: Socket, request: string, sendPath: string): void {
    const [head = "", body = ""] = request.split("\r\n\r\n")
    if (!head.split(" ", 2)[1]?.startsWith(sendPath)) {
      socket.write(asAnswer({ errcode: 0, errmsg: "ok", access_token: "t", expires_in: 7200 }))
      return
    }
    this.#sent.push(body)
    if (this.does === "hangs") {
      this.#waiting.add(socket)
      socket.once("end", () => socket.destroy())
    } else if (this.does === "cuts") socket.destroy()
    else if (this.does === "refuses") socket.write(asAnswer({ errcode: REFUSED_WITH, errmsg: "invalid message type" }))
    else socket.write(asAnswer({ errcode: 0, errmsg: "ok" }))
  }

  /** From now on nothing can be reached at this address. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]()
  }
}

function asAnswer(answer: object): string {
  const body = JSON.stringify(answer)
  return `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}
