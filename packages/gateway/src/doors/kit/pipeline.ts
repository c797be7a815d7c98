import type { IncomingMessage } from "node:http"
import type { Socket } from "node:net"
import type { BodyBudget, BodyReservation } from "./body-budget.ts"
import type { Rounds } from "./rounds.ts"

/** This many requests of a connection are read before the first of them is answered. */
const MOST_UNANSWERED = 16

/**
 * Gives the bytes of a connection to Node's parser one request at a time. Node would parse a whole piece of 64 kB at once:
 * up to two thousand short requests. Each of these then uses some kilobytes until it is answered, and no other client is
 * served meanwhile.
 */
export class Pipeline {
  readonly #socket: Socket
  readonly #rounds: Rounds
  /** Bytes that have arrived and wait for the requests before them. */
  readonly #kept: BodyReservation
  readonly #parse: (bytes: Buffer) => void
  /** The buffer of the bytes that were put back. */
  #partlyTaken: ArrayBufferLike | undefined
  #isItsRound = false
  #asked = 0
  #unanswered = 0
  #last: IncomingMessage | undefined
  /** How long nothing is given to the parser. Also undefined while Node itself has paused the parser, and will resume it. */
  #held: "until answered" | "until its round" | "for good" | undefined

  /**
   * @param socket that Node's HTTP server has taken, and of which nothing was read
   * @param budget for the bytes that all connections keep
   */
  constructor(socket: Socket, { rounds, budget }: { readonly rounds: Rounds; readonly budget: BodyBudget }) {
    this.#socket = socket
    this.#rounds = rounds
    this.#kept = budget.open()
    const parsers = socket.listeners("data")
    this.#parse = (bytes) => {
      for (const parse of parsers) parse.call(socket, bytes)
    }
    socket.removeAllListeners("data")
    socket.on("data", (bytes: Buffer) => this.#take(bytes))
    // Node resumes for reasons of its own: an answer has drained, or a body is read further.
    socket.on("resume", () => {
      if (this.#held !== undefined) stopReading(socket)
      else if (this.#isFull) this.#hold("until answered")
    })
    socket.once("close", () => this.#kept[Symbol.dispose]())
  }

  get unanswered(): number {
    return this.#unanswered
  }

  /** The head of a request has been read. */
  asked(request: IncomingMessage): void {
    this.#asked++
    this.#unanswered++
    this.#last = request
  }

  answered(): void {
    this.#unanswered--
    if (this.#held === "until answered") this.#goOn()
    this.#closeWhenAnswered()
  }

  get #isFull(): boolean {
    return this.#unanswered >= MOST_UNANSWERED
  }

  #take(bytes: Buffer): void {
    this.#kept.resize(0)
    const isItsRound = this.#isItsRound
    this.#isItsRound = false
    if (!isItsRound && isSeveral(bytes) && !this.#socket.isPaused()) {
      // Connections with a single request are served first.
      this.#hold("until its round")
      if (!this.#keep(bytes)) this.#release(bytes)
      return
    }
    const before = this.#asked
    let rest = bytes
    // A connection that is being closed is no longer read.
    while (rest.length > 0 && this.#socket.writable && this.#held !== "for good") {
      const end = endOfHead(rest)
      this.#parse(rest.subarray(0, end))
      rest = rest.subarray(end)
      // If Node has paused the connection, it stays paused until Node resumes it: its parser is paused as well.
      if (!this.#socket.isPaused()) {
        if (this.#isFull) this.#hold("until answered")
        else if (rest.length > 0 && this.#hasHadItsRound(this.#asked - before)) this.#hold("until its round")
      }
      if (rest.length > 0 && this.#socket.isPaused() && this.#keep(rest)) return
    }
    this.#release(bytes)
  }

  /** A request and its body belong together. */
  #hasHadItsRound(asked: number): boolean {
    return asked > 1 || (asked === 1 && this.#last?.complete === true)
  }

  /**
   * @returns false if there is no room; then the bytes are never read, and the connection is closed when all requests are
   *   answered
   */
  #keep(rest: Buffer): boolean {
    // Bytes after an unfinished request are its body, which has other limits.
    if (this.#last?.complete !== false && !this.#kept.resize(rest.length)) {
      this.#hold("for good")
      this.#closeWhenAnswered()
      return false
    }
    this.#partlyTaken = rest.buffer
    this.#socket.unshift(rest)
    return true
  }

  /**
   * Released at once: the parser has copied what it needs, and V8 would collect the pieces only after 100 MB of them. Bytes
   * from the system fill a buffer of their own.
   */
  #release({ buffer, byteLength }: Buffer): void {
    const isAlone = byteLength === buffer.byteLength || buffer === this.#partlyTaken
    this.#partlyTaken = undefined
    if (isAlone && buffer.byteLength >= WORTH_RELEASING && buffer instanceof ArrayBuffer) buffer.transfer(0)
  }

  #closeWhenAnswered(): void {
    if (this.#held === "for good" && this.#unanswered === 0) this.#socket.destroySoon()
  }

  #hold(until: "until answered" | "until its round" | "for good"): void {
    this.#held = until
    stopReading(this.#socket)
    if (until !== "until its round") return
    this.#rounds.wait(() => {
      this.#isItsRound = true
      this.#goOn()
    })
  }

  #goOn(): void {
    if (this.#held === "for good") return
    this.#held = undefined
    readOn(this.#socket)
  }
}

/** Only paused, the socket would read one more piece before it notices that the piece is not taken. */
function stopReading(socket: Socket): void {
  socket.pause()
  const handle = handleOf(socket)
  if (handle?.reading !== true) return
  handle.reading = false
  handle.readStop()
}

function readOn(socket: Socket): void {
  socket.resume()
  const handle = handleOf(socket)
  if (handle?.reading !== false) return
  handle.reading = true
  handle.readStart()
}

interface Handle {
  reading: boolean
  readStart(): void
  readStop(): void
}

/** The handle of the socket, which Node's own HTTP server starts and stops as well. */
function handleOf(socket: Socket): Handle | undefined {
  const handle: unknown = Reflect.get(socket, "_handle")
  return isHandle(handle) ? handle : undefined
}

function isHandle(value: unknown): value is Handle {
  return (
    typeof value === "object" && value !== null && "readStart" in value && "readStop" in value && "reading" in value
  )
}

const END_OF_HEAD = Buffer.from("\r\n\r\n")
const G = 71
const E = 69
const CR = 13
const LF = 10

/** Whether the bytes begin with a request that has no body, and more bytes follow. */
function isSeveral(bytes: Buffer): boolean {
  return bytes[0] === G && bytes[1] === E && endOfHead(bytes) < bytes.length
}

/** The end of a part that contains the end of at most one head. Bytes in a body that only look like one count too. */
function endOfHead(bytes: Buffer): number {
  // The last line of the head may begin in the piece before.
  if (bytes[0] === LF) return bytes[1] === CR && bytes[2] === LF ? 3 : 1
  if (bytes[0] === CR && bytes[1] === LF) return 2
  const at = bytes.indexOf(END_OF_HEAD)
  return at < 0 ? bytes.length : at + END_OF_HEAD.length
}

const WORTH_RELEASING = 8 * 1024
