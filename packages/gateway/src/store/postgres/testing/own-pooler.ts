import { once } from "node:events"
import { createServer } from "node:net"
import type { Server, Socket } from "node:net"
import { join } from "node:path"
import { Client } from "pg"
import type { PoolerOptions } from "./pooler-options.ts"
import { greeting, isReady, messageCutter, refusal, startupOf } from "./wire-messages.ts"

/** One of the connections to the server. */
type Backend = Socket

interface Waiting {
  readonly promise: Promise<Backend>
  readonly resolve: (backend: Backend) => void
}

/**
 * As much of PgBouncer as the tests use, where that is missing: clients share connections to the server; each has one
 * for a transaction, or for its session. `pooler.test.ts` holds it to PgBouncer's behaviour.
 */
export class OwnPooler implements AsyncDisposable {
  readonly #options: PoolerOptions
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #idle: Backend[] = []
  readonly #waiting: Waiting[] = []
  #opened = 0

  private constructor(options: PoolerOptions) {
    this.#options = options
    this.#server = createServer((client) => {
      this.#keep(client)
      this.#serve(client).catch(() => client.destroy())
    })
  }

  static async start(options: PoolerOptions): Promise<OwnPooler> {
    const pooler = new OwnPooler(options)
    const { settings, folder } = options
    for (let n = 0; n < Number(settings["min_pool_size"] ?? 0); n++) pooler.#idle.push(await pooler.#open())
    pooler.#server.listen(join(folder, ".s.PGSQL.6432"))
    await once(pooler.#server, "listening")
    return pooler
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close")
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  async #serve(client: Socket): Promise<void> {
    const [first] = (await once(client, "data")) as [Buffer]
    client.pause()
    const unknown = startupOf(first).find((name) => !KNOWN.has(name) && !this.#ignored.has(name))
    if (unknown !== undefined) {
      client.end(refusal(`unsupported startup parameter: ${unknown}`))
      return
    }
    client.write(greeting())
    const turn = new Turn(client, this.#options.mode === "session")
    client.on("close", () => turn.breakOff())
    const cut = messageCutter()
    client.resume()
    for await (const bytes of client as AsyncIterable<Buffer>) {
      for (const message of cut(bytes)) {
        if (message[0] === TERMINATE) return void client.destroy()
        if (!turn.hasBackend) turn.begin(await this.#take(), (backend) => this.#giveBack(backend))
        turn.send(message)
      }
    }
    client.destroy()
  }

  get #ignored(): ReadonlySet<string> {
    return new Set(String(this.#options.settings["ignore_startup_parameters"] ?? "").split(","))
  }

  async #take(): Promise<Backend> {
    const isFair = this.#options.settings["server_round_robin"] === 1
    const idle = isFair ? this.#idle.shift() : this.#idle.pop()
    if (idle !== undefined) return idle
    if (this.#opened < Number(this.#options.settings["default_pool_size"] ?? 20)) return this.#open()
    const waiting = Promise.withResolvers<Backend>()
    this.#waiting.push(waiting)
    return waiting.promise
  }

  #giveBack(backend: Backend): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#idle.push(backend)
    else next.resolve(backend)
  }

  /** Signed in by `pg`, whose login is then not repeated. */
  async #open(): Promise<Backend> {
    this.#opened++
    const client = new Client(this.#options.url)
    await client.connect()
    const { stream } = client.connection
    stream.removeAllListeners()
    const backend = stream as Socket
    this.#keep(backend)
    backend.on("close", () => {
      this.#opened--
      const place = this.#idle.indexOf(backend)
      if (place >= 0) this.#idle.splice(place, 1)
      const next = this.#waiting.shift()
      if (next !== undefined) this.#open().then(next.resolve, () => undefined)
    })
    backend.resume()
    return backend
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on("error", () => socket.destroy())
    socket.on("close", () => this.#sockets.delete(socket))
  }
}

/**
 * The time for which a client has a connection to the server: until it is in no transaction and has all its answers, or
 * forever.
 */
class Turn {
  readonly #client: Socket
  readonly #lasts: boolean
  #backend: Backend | undefined
  #stopHearing: (() => void) | undefined
  /** Answers that are still to come, each of which ends with the server's word that it is ready. */
  #expected = 0

  /** @param lasts for the whole session */
  constructor(client: Socket, lasts: boolean) {
    this.#client = client
    this.#lasts = lasts
  }

  get hasBackend(): boolean {
    return this.#backend !== undefined
  }

  begin(backend: Backend, giveBack: (backend: Backend) => void): void {
    this.#backend = backend
    const cut = messageCutter()
    const read = (bytes: Buffer): void => {
      for (const message of cut(bytes)) {
        this.#client.write(message)
        const state = isReady(message)
        if (state === undefined) continue
        this.#expected--
        if (this.#expected > 0 || state !== "idle" || this.#lasts) continue
        this.#stopHearing?.()
        this.#backend = undefined
        giveBack(backend)
      }
    }
    const end = this.#client.destroy.bind(this.#client, undefined)
    backend.on("data", read).on("close", end)
    this.#stopHearing = () => void backend.off("data", read).off("close", end)
  }

  send(message: Buffer): void {
    if (ANSWERED_IN_THE_END.has(message[0] ?? 0)) this.#expected++
    this.#backend?.write(message)
  }

  /** A session's state, or an unfinished transaction, must not reach another client. */
  breakOff(): void {
    this.#stopHearing?.()
    this.#backend?.destroy()
  }
}

/** The parameters that PgBouncer takes from a client. */
const KNOWN: ReadonlySet<string> = new Set(["user", "database", "application_name", "client_encoding"])
const TERMINATE = 0x58 // X
/** Query, Sync and a call of a function. */
const ANSWERED_IN_THE_END: ReadonlySet<number> = new Set([0x51, 0x53, 0x46])
