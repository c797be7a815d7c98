import type { ServerResponse } from "node:http"
import { Readable } from "node:stream"
import { finished, pipeline } from "node:stream/promises"
import type { HttpAnswer } from "../http-answer.ts"

/** The connection of one call, in the hands of a fault. Nothing here rejects because a caller has left. */
export class Line {
  readonly #response: ServerResponse
  readonly #over = new AbortController()

  /** @param closing aborts when the simulator closes; then every wait ends and whatever hangs is cut */
  constructor(response: ServerResponse, closing: AbortSignal) {
    this.#response = response
    response.on("error", () => {})
    const end = (): void => this.#over.abort()
    response.once("close", () => {
      closing.removeEventListener("abort", end)
      end()
    })
    closing.addEventListener("abort", end)
    if (closing.aborted || response.closed) end()
  }

  /** False once the caller has left or the simulator closes. */
  get open(): boolean {
    return !this.#over.signal.aborted
  }

  /** Resolves after the time, or as soon as the line is no longer open; without a time only then. */
  async wait(ms?: number): Promise<void> {
    if (!this.open || ms === 0) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const wake = (): void => resolve()
    const timer = ms === undefined ? undefined : setTimeout(wake, ms)
    this.#over.signal.addEventListener("abort", wake, { once: true })
    await promise
    this.#over.signal.removeEventListener("abort", wake)
    clearTimeout(timer)
  }

  /** @param bytes length of the body, reached by repeating it */
  async answer(answer: HttpAnswer, bytes?: number): Promise<void> {
    this.#writeHead(answer, bytes ?? Buffer.byteLength(answer.body))
    if (bytes === undefined) {
      this.#response.end(answer.body)
      await finished(this.#response).catch(() => {})
    } else await pipeline(Readable.from(repeat(answer.body, bytes)), this.#response).catch(() => {})
  }

  /** Sends the head at once and a byte of the body after every `ms`. */
  async drip(answer: HttpAnswer, ms: number): Promise<void> {
    const body = Buffer.from(answer.body)
    this.#writeHead(answer, body.length)
    this.#response.flushHeaders()
    for (const byte of body) {
      await this.wait(ms)
      if (!this.open) return this.reset()
      this.#response.write(Buffer.of(byte))
    }
    this.#response.end()
  }

  /** Promises the whole answer, sends the first `bytes` of its body and ends the connection. */
  truncate(answer: HttpAnswer, bytes: number): void {
    const body = Buffer.from(answer.body)
    this.#writeHead(answer, body.length)
    this.#response.flushHeaders()
    this.#response.write(body.subarray(0, bytes))
    // FIN and not RST, which could overtake the bytes just sent.
    this.#response.socket?.destroySoon()
  }

  /** Puts bytes on the wire as they are and ends the connection. */
  sendRaw(bytes: Uint8Array): void {
    this.#response.socket?.write(bytes)
    this.#response.socket?.destroySoon()
  }

  reset(): void {
    this.#response.socket?.resetAndDestroy()
  }

  #writeHead(answer: HttpAnswer, contentLength: number): void {
    // A kept connection would outlive the simulator.
    if (!this.open) this.#response.shouldKeepAlive = false
    this.#response.writeHead(answer.status, { ...answer.headers, "Content-Length": contentLength })
  }
}

const BLOCK_BYTES = 64 * 1024

function* repeat(body: string | Buffer, bytes: number): Generator<Buffer> {
  const unit = Buffer.from(body.length === 0 ? " " : body)
  const block = Buffer.concat(Array.from({ length: Math.ceil(BLOCK_BYTES / unit.length) }, () => unit))
  for (let left = bytes; left > 0; left -= block.length) yield left < block.length ? block.subarray(0, left) : block
}
