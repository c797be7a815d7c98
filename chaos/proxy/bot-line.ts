import { hash } from "node:crypto"
import { createServer } from "node:http"
import type { IncomingMessage } from "node:http"
import type { Socket } from "node:net"
import type { Duplex } from "node:stream"
import { WebSocket, WebSocketServer } from "ws"
import type { RawData } from "ws"
import type { ExchangeAtWork, ProxyHooks, WireFault } from "./line.ts"

/** Where smart robots connect. The path of a frame ends in its command: `/_bot/aibot_send_msg`. */
export const BOT_PATH = "/_bot"

interface Frame extends ExchangeAtWork {
  readonly fault: WireFault | undefined
  readonly sentAt: number
}

/**
 * The long connection of a smart robot through the proxy: its handshake is an exchange, and so is each frame with its answer.
 * The name of a frame is the SHA-256 of its bytes, which the other side can compute too. A frame never arrives in part: a fault
 * that cuts a request in the middle cuts before the frame.
 */
export class BotLine {
  readonly #client: Socket
  readonly #target: number
  readonly #hooks: ProxyHooks
  /** The frames whose answer has not passed, by `req_id`. */
  readonly #frames = new Map<string, Frame>()

  /** @param client a connection whose first bytes, the handshake, have not been read */
  constructor(client: Socket, target: number, hooks: ProxyHooks) {
    this.#client = client
    this.#target = target
    this.#hooks = hooks
    // This server listens nowhere; it only reads the handshake from a connection that is open already.
    const reader = createServer()
    reader.on("upgrade", (request, socket, head) => this.#begin(request, socket, head))
    reader.emit("connection", client)
  }

  /** Frames whose answer has not passed and is still awaited. */
  get atWork(): readonly ExchangeAtWork[] {
    const since = performance.now() - ANSWER_MS
    return [...this.#frames.values()].filter(({ sentAt }) => sentAt > since)
  }

  #begin(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const fault = this.#faultOf(BOT_PATH, this.#hooks.nameExchange?.() ?? "")
    if (fault?.kind === "black_hole" || fault?.kind === "swallow_reply") return
    if (fault !== undefined && fault.kind !== "delay_reply" && fault.kind !== "drip_reply") return this.#cut()
    const server = new WebSocket(`ws://127.0.0.1:${this.#target}${request.url}`)
    server.on("error", () => this.#cut())
    this.#client.once("close", () => server.terminate())
    const answer = (): void => HANDSHAKES.handleUpgrade(request, socket, head, (client) => this.#relay(client, server))
    server.once("open", () => setTimeout(answer, fault?.kind === "delay_reply" ? fault.ms : 0))
  }

  #relay(client: WebSocket, server: WebSocket): void {
    client.on("error", () => this.#cut())
    client.on("message", (data) => this.#fromClient(textOf(data), server))
    client.on("close", () => server.terminate())
    server.on("message", (data) => this.#fromServer(textOf(data), client))
    server.on("close", (code) => {
      // Without a close frame, as when a process is killed.
      if (code === NO_CLOSE_FRAME) this.#cut()
      else client.close()
    })
    // The server's connection may have ended while the handshake was answered.
    if (server.readyState !== WebSocket.OPEN) this.#cut()
  }

  #fromClient(text: string, server: WebSocket): void {
    const { cmd, reqId } = read(text)
    const path = `${BOT_PATH}/${cmd}`
    const name = hash("sha256", text)
    const fault = this.#faultOf(path, name)
    if (fault?.kind === "reset_at_once" || fault?.kind === "reset_request") return this.#cut()
    this.#frames.set(reqId, { path, name, fault, sentAt: performance.now() })
    if (fault?.kind !== "black_hole") server.send(text)
  }

  #fromServer(text: string, client: WebSocket): void {
    const { cmd, reqId } = read(text)
    const frame = cmd === undefined ? this.#frames.get(reqId) : undefined
    const pass = (): void => {
      if (this.#frames.get(reqId) === frame) this.#frames.delete(reqId)
      client.send(text)
    }
    switch (frame?.fault?.kind) {
      case "swallow_reply":
        return
      case "reset_reply":
        this.#frames.delete(reqId)
        return this.#cut()
      case "fin_reply":
        this.#frames.delete(reqId)
        this.#loseFrames()
        return client.close()
      case "delay_reply":
        return void setTimeout(pass, frame.fault.ms)
      case "drip_reply":
      case "black_hole":
      case "reset_at_once":
      case "reset_request":
      case undefined:
        pass()
    }
  }

  #loseFrames(): void {
    for (const frame of this.#frames.values()) this.#hooks.onLost?.(frame)
    this.#frames.clear()
  }

  #faultOf(path: string, name: string): WireFault | undefined {
    return this.#hooks.faultOf?.(path, name)
  }

  #cut(): void {
    this.#loseFrames()
    this.#client.resetAndDestroy()
  }
}

const HANDSHAKES = new WebSocketServer({ noServer: true })
/** The code of `ws` for an end without a close frame. */
const NO_CLOSE_FRAME = 1006
/** A little more than the time for which the gateway waits for a frame's answer. */
const ANSWER_MS = 6000

/** @returns `cmd` where the frame is not an answer */
function read(text: string): { readonly cmd: string | undefined; readonly reqId: string } {
  const { cmd, headers }: { readonly cmd?: string; readonly headers?: { readonly req_id?: string } } = JSON.parse(text)
  return { cmd, reqId: headers?.req_id ?? "" }
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString("utf8")
  return (Buffer.isBuffer(data) ? data : Buffer.from(data)).toString("utf8")
}
