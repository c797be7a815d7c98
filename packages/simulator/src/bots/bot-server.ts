import type { IncomingMessage, Server } from "node:http"
import type { Duplex } from "node:stream"
import type { FastifyInstance } from "fastify"
import { WebSocketServer } from "ws"
import type { FaultQueue } from "../faults/fault-queue.ts"
import { plainAddress } from "../plain-address.ts"
import { BotSession } from "./bot-session.ts"
import type { BotWorld } from "./bot-world.ts"
import { BOT_PATH } from "./frame.ts"

/** A chunk of 512 KB is 700 KB in Base64; nothing else is as large. */
const MAX_FRAME_BYTES = 4 * 1024 * 1024

/** Takes long connections of smart robots at `/_bot`, as WeCom does at `wss://openws.work.weixin.qq.com`. */
export function serveBots(server: FastifyInstance, world: BotWorld, faults: FaultQueue, closing: AbortSignal): void {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_FRAME_BYTES })
  const upgrades: Pick<Server, "on"> = server.server
  upgrades.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", () => {})
    const [path = ""] = (request.url ?? "").split("?")
    if (path.replace(/\/$/, "") !== BOT_PATH) return refuse(socket, "404 Not Found")
    const fault = faults.takeFrame(BOT_PATH.slice(1), NO_BODY)
    if (fault?.kind === "http_status") return refuse(socket, `${fault.status} Fault`)
    // Every other fault closes the socket during the handshake, so there is no connection.
    if (fault !== undefined) return void socket.destroy()
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      // oxlint-disable-next-line no-new -- it lives by the events of its socket
      new BotSession(world, faults, webSocket, plainAddress(request.socket.remoteAddress ?? ""))
    })
  })
  closing.addEventListener("abort", () => {
    for (const socket of sockets.clients) socket.terminate()
    sockets.close()
  })
}

const NO_BODY = Buffer.alloc(0)

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}
