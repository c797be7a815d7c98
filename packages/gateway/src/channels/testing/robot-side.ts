import type { AddressInfo } from "node:net"
import { once } from "node:events"
import { createServer } from "node:http"
import type { Server } from "node:http"
import { WebSocketServer } from "ws"
import type { WebSocket } from "ws"
import { REFUSED_WITH } from "./far-side.ts"
import type { Behaviour, OtherSide } from "./far-side.ts"

/** A server in WeCom's place to which a smart robot connects. */
export class RobotSide implements OtherSide {
  readonly #http: Server
  readonly #sockets: WebSocketServer
  readonly sent: string[] = []
  does: Behaviour = "accepts"
  /** How many frames the channel holds. */
  heldByChannel: () => number = () => 0

  static async start(): Promise<RobotSide> {
    const http = createServer().listen(0, "127.0.0.1")
    await once(http, "listening")
    return new RobotSide(http)
  }

  private constructor(http: Server) {
    this.#http = http
    this.#sockets = new WebSocketServer({ server: http })
    this.#sockets.on("connection", (socket) => {
      socket.on("message", (data: Buffer) => this.#take(socket, data.toString("utf8")))
    })
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#http.address() as AddressInfo).port}`
  }

  get waiting(): number {
    return this.heldByChannel()
  }

  /** Sends a frame to every connected robot. */
  tell(frame: object): void {
    this.tellText(JSON.stringify(frame))
  }

  /** For a frame that `JSON.stringify` cannot write. */
  tellText(frame: string): void {
    for (const socket of this.#sockets.clients) socket.send(frame)
  }

  get connections(): number {
    return this.#sockets.clients.size
  }

  #take(socket: WebSocket, text: string): void {
    const { cmd, headers } = JSON.parse(text) as { cmd: string; headers: object }
    const answer = (errcode: number): void => socket.send(JSON.stringify({ headers, errcode, errmsg: "" }))
    if (cmd !== "aibot_send_msg") return answer(0)
    // The bytes of the body as they came, after the head of the frame.
    this.sent.push(text.slice(text.indexOf(',"body":') + ',"body":'.length, -1))
    if (this.does === "hangs") return
    if (this.does === "cuts") return socket.terminate()
    answer(this.does === "refuses" ? REFUSED_WITH : 0)
  }

  /** From now on nothing can be reached at this address. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#http.listening) return
    for (const socket of this.#sockets.clients) socket.terminate()
    this.#http.close()
    await once(this.#http, "close")
  }
}
