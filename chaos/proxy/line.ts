import { connect } from "node:net"
import type { Socket } from "node:net"
import { BOT_PATH, BotLine } from "./bot-line.ts"

/** A fault that an exchange meets. Byte counts say how much passes before the fault. */
export type WireFault =
  /** The connection is cut before anything reaches the other side. */
  | { readonly kind: "reset_at_once" }
  | { readonly kind: "reset_request"; readonly afterBytes: number }
  /** The request arrives, its reply is cut by RST. */
  | { readonly kind: "reset_reply"; readonly afterBytes: number }
  /** The reply ends early, with a FIN. */
  | { readonly kind: "fin_reply"; readonly afterBytes: number }
  /** Nothing arrives, nothing comes back. */
  | { readonly kind: "black_hole" }
  /** The request arrives, nothing comes back. */
  | { readonly kind: "swallow_reply" }
  | { readonly kind: "delay_reply"; readonly ms: number }
  /** The reply comes in pieces of `pieceBytes`, each `everyMs` after the one before. */
  | { readonly kind: "drip_reply"; readonly pieceBytes: number; readonly everyMs: number }

export interface ProxyHooks {
  /** Called once for each request, with its path as in `/cgi-bin/message/send`, and its name. */
  readonly faultOf?: (path: string, exchange: string) => WireFault | undefined
  /** Called with the bytes of a request as they arrive, before they are passed on. */
  readonly onRequestBytes?: (bytes: Buffer, path: string) => void
  /**
   * Returns a name for each exchange, which the other side gets as the query parameter `exchange`. Without names it would be
   * unknown which call belongs to which gateway, and which of a gateway's calls it was.
   */
  readonly nameExchange?: () => string
  /** Called with each frame that loses its answer because another frame met a fault. */
  readonly onLost?: (frame: ExchangeAtWork) => void
}

/** An exchange on a connection. */
export interface ExchangeAtWork {
  readonly path: string
  readonly name: string
}

interface Exchange {
  readonly path: string
  /** Empty where it has no name. */
  readonly name: string
  readonly fault: WireFault | undefined
  requestBytes: number
  replyBytes: number
}

/** One connection through the proxy. */
export class Line {
  readonly #client: Socket
  readonly #target: number
  readonly #hooks: ProxyHooks
  #server: Socket | undefined
  /** The smart robot's connection that this has become, where its first request was such a handshake. */
  #bot: BotLine | undefined
  #exchange: Exchange | undefined
  /** The time at which the last delayed piece of the reply goes out. */
  #busyUntil = 0
  /** How many pieces of the reply go out later. */
  #keptBack = 0
  /** The time at which the last bytes of a reply came, or were passed on. */
  #repliedAt = -Infinity
  /** What happens later, and when. One timer for all: with several, a delay while they are set could change the order. */
  readonly #comingUp: { readonly at: number; readonly effect: () => void }[] = []

  constructor(client: Socket, target: number, hooks: ProxyHooks) {
    this.#client = client
    this.#target = target
    this.#hooks = hooks
    client.setNoDelay(true)
    client.on("data", (bytes) => this.#fromClient(bytes))
    client.on("end", () => this.#server?.end())
    client.on("error", () => this.#server?.destroy())
    client.on("close", () => this.#server?.destroy())
  }

  /** Paths of the requests whose reply has not begun, or is being kept back. */
  get waiting(): readonly string[] {
    if (this.#bot !== undefined) return this.#bot.atWork.map(({ path }) => path)
    const isKeptBack = this.#exchange?.fault?.kind === "delay_reply" && this.#keptBack > 0
    return this.#exchange?.replyBytes === 0 || (this.#exchange && isKeptBack) ? [this.#exchange.path] : []
  }

  /** The exchanges whose reply may not have passed completely. */
  get atWork(): readonly ExchangeAtWork[] {
    if (this.#bot !== undefined) return this.#bot.atWork
    const isFresh = this.#keptBack > 0 || performance.now() - this.#repliedAt < REPLY_LASTS_MS
    return this.#exchange !== undefined && (this.#exchange.replyBytes === 0 || isFresh) ? [this.#exchange] : []
  }

  cut(): void {
    this.#client.resetAndDestroy()
    this.#server?.destroy()
  }

  #fromClient(bytes: Buffer): void {
    if (this.#exchange === undefined && pathIn(bytes) === BOT_PATH) return this.#becomeBot(bytes)
    const isFirst = this.#exchange === undefined || this.#exchange.replyBytes > 0
    const exchange = this.#exchangeOf(bytes)
    this.#hooks.onRequestBytes?.(bytes, exchange.path)
    const named = isFirst && exchange.name !== "" ? withName(bytes, exchange.name) : bytes
    const { fault } = exchange
    exchange.requestBytes += bytes.length
    if (fault?.kind === "black_hole") return
    if (fault?.kind === "reset_at_once") return this.cut()
    if (fault?.kind === "reset_request" && exchange.requestBytes >= fault.afterBytes) {
      const passing = bytes.length - (exchange.requestBytes - fault.afterBytes)
      this.#connected().write(bytes.subarray(0, Math.max(0, passing)), () => this.cut())
      return
    }
    this.#connected().write(named)
  }

  #exchangeOf(bytes: Buffer): Exchange {
    if (this.#exchange !== undefined && this.#exchange.replyBytes === 0) return this.#exchange
    const path = pathIn(bytes)
    const name = this.#hooks.nameExchange?.() ?? ""
    this.#exchange = { path, name, fault: this.#hooks.faultOf?.(path, name), requestBytes: 0, replyBytes: 0 }
    return this.#exchange
  }

  #becomeBot(bytes: Buffer): void {
    this.#client.removeAllListeners("data").pause()
    this.#client.unshift(bytes)
    this.#bot = new BotLine(this.#client, this.#target, this.#hooks)
    this.#client.resume()
  }

  #connected(): Socket {
    if (this.#server !== undefined) return this.#server
    const server = connect(this.#target, "127.0.0.1")
    this.#server = server
    server.setNoDelay(true)
    server.on("data", (bytes) => this.#fromServer(bytes))
    server.on("end", () => this.#after(() => this.#client.end()))
    server.on("error", () => this.#client.resetAndDestroy())
    return server
  }

  #fromServer(bytes: Buffer): void {
    const exchange = this.#exchange
    const fault = exchange?.fault
    if (exchange === undefined || fault?.kind === "swallow_reply") return
    const passed = exchange.replyBytes
    exchange.replyBytes += bytes.length
    this.#repliedAt = performance.now()
    if (fault?.kind === "reset_reply" || fault?.kind === "fin_reply") {
      this.#client.write(bytes.subarray(0, Math.max(0, fault.afterBytes - passed)))
      if (exchange.replyBytes < fault.afterBytes) return
      if (fault.kind === "fin_reply") this.#client.end()
      else setImmediate(() => this.cut())
    } else if (fault?.kind === "delay_reply") this.#later(bytes, fault.ms)
    else if (fault?.kind === "drip_reply") {
      for (let from = 0; from < bytes.length; from += fault.pieceBytes) {
        this.#later(bytes.subarray(from, from + fault.pieceBytes), fault.everyMs)
      }
    } else this.#client.write(bytes)
  }

  /** Sends the bytes `ms` after the pieces that are already delayed. */
  #later(bytes: Buffer, ms: number): void {
    this.#busyUntil = Math.max(this.#busyUntil, performance.now()) + ms
    this.#keptBack++
    this.#after(() => {
      this.#keptBack--
      this.#repliedAt = performance.now()
      this.#client.write(bytes)
    })
  }

  #after(effect: () => void): void {
    if (this.#comingUp.length === 0 && this.#busyUntil <= performance.now()) return effect()
    this.#comingUp.push({ at: this.#busyUntil, effect })
    if (this.#comingUp.length === 1) this.#waitForNext()
  }

  #waitForNext(): void {
    const [next] = this.#comingUp
    if (next === undefined) return
    const waitMs = Math.max(0, next.at - performance.now())
    setTimeout(() => {
      if (this.#client.destroyed) return
      next.effect()
      this.#comingUp.shift()
      this.#waitForNext()
    }, waitMs).unref()
  }
}

function pathIn(bytes: Buffer): string {
  return /^[A-Z]+ ([^ ?]*)/.exec(bytes.toString("latin1", 0, LONGEST_TARGET))?.[1] ?? ""
}

/** Adds the name to the request's first line, which comes completely with its first bytes. */
function withName(bytes: Buffer, name: string): Buffer {
  const [start = "", target = ""] = /^[A-Z]+ ([^ ]*)/.exec(bytes.toString("latin1", 0, LONGEST_TARGET)) ?? []
  const parameter = `${target.includes("?") ? "&" : "?"}exchange=${name}`
  return Buffer.concat([bytes.subarray(0, start.length), Buffer.from(parameter), bytes.subarray(start.length)])
}

const LONGEST_TARGET = 2000
/** A reply counts as unfinished for this long after its last bytes, since the proxy does not know that they are the last. */
const REPLY_LASTS_MS = 100
