import type { Clock } from "../clock.ts"
import { NOT_CONNECTED } from "../error-text.ts"
import { isObject } from "../option-faults.ts"
import { quietly } from "../quietly.ts"
import { TransportFault } from "../transport.ts"
import { Redactor } from "../wire/redactor.ts"
import type { ConnectionEnd, FrameAnswer, IncomingFrame } from "./frame.ts"
import { openSocket } from "./socket.ts"
import type { OpenSocket, SocketOptions } from "./socket.ts"

/** How long to wait for WeCom's answer. A frame without an answer by then is in doubt: WeCom has no duplicate check here. */
const ANSWER_MS = 5000
/** WeCom's documentation says: at most every 30 s. */
const PING_MS = 25_000
const MOST_MISSED_PINGS = 2
/** The time limit of connection, handshake and sign-in together. */
const CONNECT_MS = 15_000

export interface ConnectionOptions extends SocketOptions {
  readonly botId: string
  readonly secret: string
  readonly clock: Clock
  /** Called with each frame that is not an answer. Errors that it throws are dropped. */
  readonly onFrame?: (frame: IncomingFrame) => void
}

/** The sign-in was refused: id, secret, or the robot itself. */
export class SignInRefused extends Error {
  readonly errcode: number
  readonly errmsg: string

  constructor({ errcode, errmsg }: FrameAnswer) {
    super(`sign-in refused: ${errcode}`)
    this.errcode = errcode
    this.errmsg = errmsg
  }
}

/** WeCom said that a newer connection of the same robot has come, before it answered the sign-in of this one. */
export class ConnectionReplaced extends TransportFault {
  constructor(host: string) {
    super("cut", false, { host, code: "replaced" })
  }
}

export interface FrameOptions {
  /** The id of the frame that this one answers; a new id unless given. */
  readonly reqId?: string
  readonly signal?: AbortSignal | undefined
}

/** A frame that waits for its answer. */
interface Pending {
  readonly resolve: (answer: FrameAnswer) => void
  readonly reject: (fault: TransportFault) => void
}

/**
 * One connection of a smart robot (智能机器人) that has signed in, until it ends.
 * @see https://developer.work.weixin.qq.com/document/path/101463
 */
export class BotConnection implements Disposable {
  /**
   * @throws {TransportFault} nothing reached the robot
   * @throws {SignInRefused} {@link ConnectionReplaced}
   */
  static async open(options: ConnectionOptions, signal?: AbortSignal): Promise<BotConnection> {
    const { clock } = options
    const late = new AbortController()
    const limit = signal === undefined ? late.signal : AbortSignal.any([signal, late.signal])
    const over = new AbortController()
    clock.sleep(CONNECT_MS, over.signal).then(
      () => late.abort(new DOMException("no connection in time", "TimeoutError")),
      () => undefined,
    )
    try {
      const connection = new BotConnection(options, await openSocket(options, limit))
      try {
        const signIn = JSON.stringify({ bot_id: options.botId, secret: options.secret })
        const answer = await connection.request("aibot_subscribe", signIn, { signal })
        if (answer.errcode !== 0) throw new SignInRefused(answer)
        void connection.#ping()
        return connection
      } catch (error) {
        const isReplaced = connection.#why === "replaced"
        connection.close()
        throw isReplaced ? new ConnectionReplaced(options.url.host) : error
      }
    } finally {
      over.abort()
    }
  }

  /** Resolves when the connection is over. */
  readonly ended: Promise<ConnectionEnd>
  readonly #options: ConnectionOptions
  readonly #opened: OpenSocket
  readonly #redactor: Redactor
  readonly #pending = new Map<string, Pending>()
  readonly #over = new AbortController()
  readonly #end: (end: ConnectionEnd) => void
  #why: ConnectionEnd = "lost"
  #count = 0
  /** How many frames have come. */
  #heard = 0
  /** Ends the pause before the next ping. */
  #untilPing = new AbortController()

  private constructor(options: ConnectionOptions, opened: OpenSocket) {
    this.#options = options
    this.#opened = opened
    this.#redactor = new Redactor(options.secret)
    const { promise, resolve } = Promise.withResolvers<ConnectionEnd>()
    this.ended = promise
    this.#end = resolve
    opened.socket.addEventListener("message", ({ data }: { data: unknown }) => this.#take(data))
    opened.socket.addEventListener("close", () => this.#finish())
    if (!this.isOpen) this.#finish()
  }

  /** Whether a frame can be sent. */
  get isOpen(): boolean {
    return this.#opened.socket.readyState === OPEN && !this.#over.signal.aborted
  }

  /**
   * Sends a frame and waits 5 s for its answer, whatever errcode it has.
   * @param body JSON, sent as it is
   * @throws {TransportFault} `mayHaveArrived` false: the frame was not sent. True: it was sent, and no answer came; it
   * must not be sent again.
   */
  async request(cmd: string, body: string | undefined, { reqId, signal }: FrameOptions = {}): Promise<FrameAnswer> {
    const { host } = this.#options.url
    if (!this.isOpen) throw new TransportFault("unreachable", false, { host, code: NOT_CONNECTED })
    if (signal?.aborted === true) throw new TransportFault("aborted", false, { host })
    const id = reqId ?? `${cmd}_${this.#options.clock.now()}_${++this.#count}`
    if (this.#pending.has(id)) throw new TransportFault("protocol", false, { host, code: "req_id in use" })
    const { promise, resolve, reject } = Promise.withResolvers<FrameAnswer>()
    this.#pending.set(id, { resolve, reject })
    const heard = this.#heard
    const answered = new AbortController()
    const onAbort = (): void => reject(new TransportFault("aborted", true, { host }))
    signal?.addEventListener("abort", onAbort, { once: true })
    const head = JSON.stringify({ cmd, headers: { req_id: id } }).slice(0, -1)
    this.#opened.socket.send(body === undefined ? `${head}}` : `${head},"body":${body}}`)
    const onTimeout = (): void => {
      // Does the connection carry anything at all? Until that is known each frame would be in doubt too.
      if (this.#heard === heard) this.#untilPing.abort()
      reject(new TransportFault("timeout", true, { host }))
    }
    this.#options.clock.sleep(ANSWER_MS, answered.signal).then(onTimeout, () => undefined)
    try {
      return await promise
    } finally {
      answered.abort()
      signal?.removeEventListener("abort", onAbort)
      this.#pending.delete(id)
    }
  }

  /** How many frames wait for their answers. */
  get waiting(): number {
    return this.#pending.size
  }

  /** Frames that wait for an answer are in doubt. */
  close(): void {
    this.#close("closed")
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #close(why: ConnectionEnd): void {
    if (this.#over.signal.aborted) return
    this.#why = why
    this.#opened.socket.close()
    // The other side may never answer the close: WeCom keeps a connection open that it has replaced.
    this.#finish()
  }

  #finish(): void {
    if (this.#over.signal.aborted) return
    this.#over.abort()
    this.#opened.release()
    const { host } = this.#options.url
    for (const { reject } of this.#pending.values()) reject(new TransportFault("cut", true, { host }))
    this.#end(this.#why)
  }

  #take(data: unknown): void {
    const frame = parse(data)
    if (frame === undefined) return
    this.#heard++
    const { cmd, headers, body, errcode, errmsg } = frame
    const reqId = isObject(headers) && typeof headers["req_id"] === "string" ? headers["req_id"] : ""
    const fields = isObject(body) ? body : {}
    if (typeof cmd !== "string") {
      const text = typeof errmsg === "string" ? this.#redactor.scrub(errmsg) : ""
      if (typeof errcode === "number") this.#pending.get(reqId)?.resolve({ errcode, errmsg: text, body: fields })
      return
    }
    const { event } = fields
    quietly(() => this.#options.onFrame?.({ cmd, reqId, body: fields }))
    if (isObject(event) && event["eventtype"] === "disconnected_event") this.#close("replaced")
  }

  /** Every 25 s, and at once after a frame without an answer. */
  async #ping(): Promise<void> {
    for (let missed = 0; missed < MOST_MISSED_PINGS;) {
      if (missed === 0) await this.#pause()
      if (this.#over.signal.aborted) return
      try {
        await this.request("ping", undefined)
        missed = 0
      } catch {
        missed++
      }
    }
    this.#close("lost")
  }

  async #pause(): Promise<void> {
    this.#untilPing = new AbortController()
    const signal = AbortSignal.any([this.#over.signal, this.#untilPing.signal])
    // An end of the pause is no error.
    await this.#options.clock.sleep(PING_MS, signal).catch(() => undefined)
  }
}

/** The `readyState` of an open WebSocket. */
const OPEN = 1

function parse(data: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof data !== "string") return undefined
  try {
    const frame: unknown = JSON.parse(data)
    return isObject(frame) ? frame : undefined
  } catch {
    return undefined
  }
}
