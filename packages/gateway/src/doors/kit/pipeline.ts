import type { IncomingMessage } from "node:http"
import type { Socket } from "node:net"
import type { BodyBudget, BodyReservation } from "./body-budget.ts"
import type { Rounds } from "./rounds.ts"

/** So many requests of a connection are read before the first of them is answered. */
const MOST_UNANSWERED = 16

/**
 * What comes on a connection, given to Node's parser a request at a time. Node parses all of a piece, 64 kB, at once: two
 * thousand short requests, each of which then takes some kilobytes until it is answered, and no other client is served
 * meanwhile.
 */
export class Pipeline {
  readonly #socket: Socket
  readonly #rounds: Rounds
  /** Bytes that have arrived and wait for the requests before them. */
  readonly #kept: BodyReservation
  readonly #parse: (bytes: Buffer) => void
  /** Of what has been put back. */
  #partlyTaken: ArrayBufferLike | undefined
  #isItsRound = false
  #asked = 0
  #unanswered = 0
  #last: IncomingMessage | undefined
  /** How long nothing is given to the parser. Undefined too while Node has paused it, and resumes it by itself. */
  #held: "until answered" | "until its round" | "for good" | undefined

  /**
   * @param socket that Node's HTTP server has taken, and of which nothing was read
   * @param budget for what all connections keep
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
    // Node has reasons of its own: an answer has drained, a body is read on.
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
      // Those who ask for one thing are served first.
      this.#hold("until its round")
      if (!this.#keep(bytes)) this.#release(bytes)
      return
    }
    const before = this.#asked
    let rest = bytes
    // A connection that is being closed is not read any more.
    while (rest.length > 0 && this.#socket.writable && this.#held !== "for good") {
      const end = endOfHead(rest)
      this.#parse(rest.subarray(0, end))
      rest = rest.subarray(end)
      // One that Node has paused stays so until Node resumes it: its parser is paused as well.
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

  /** @returns false when there is no room for it; then it is never read, and the connection closed when all is answered */
  #keep(rest: Buffer): boolean {
    // Bytes behind an unfinished request are its body, for which there are other bounds.
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
   * At once: the parser has copied what it needs, and V8 lets 100 MB of pieces come together before it collects them. What
   * the system gives fills a buffer of its own.
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

/** Paused alone, it would read one more piece before it sees that the piece is not taken. */
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

/** The handle, which Node's own HTTP server starts and stops as well. */
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

/** Whether it begins with a request that has no body, and more follows. */
function isSeveral(bytes: Buffer): boolean {
  return bytes[0] === G && bytes[1] === E && endOfHead(bytes) < bytes.length
}

/** Where a part ends that holds the end of one head at most. What only looks like one, in a body, counts too. */
function endOfHead(bytes: Buffer): number {
  // Its last line may begin in the piece before.
  if (bytes[0] === LF) return bytes[1] === CR && bytes[2] === LF ? 3 : 1
  if (bytes[0] === CR && bytes[1] === LF) return 2
  const at = bytes.indexOf(END_OF_HEAD)
  return at < 0 ? bytes.length : at + END_OF_HEAD.length
}

const WORTH_RELEASING = 8 * 1024
