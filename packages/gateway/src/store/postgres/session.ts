import { setTimeout as sleep } from "node:timers/promises"
import type { Client, QueryResult, QueryResultRow } from "pg"
import { StorageError } from "../../model/storage-error.ts"
import { LocalLocks } from "../../model/local-locks.ts"
import { sqlState } from "./classify-error.ts"
import { DATABASE_TIMEOUTS } from "./database-timeouts.ts"
import { NODE_LOCKS } from "./locks.ts"
import { setSession } from "./session-settings.ts"
import { VerifiedClient } from "./verified-client.ts"

export interface SessionOptions {
  readonly url: string
  /** Number of the node, which counts as alive for as long as its session. */
  readonly node: number
  /** The connection was lost; another is tried until there is one. */
  readonly onLost: (error: Error) => void
}

/**
 * The single permanent connection of a node: everything that belongs to a session belongs to this one. Its loss ends
 * the node's locks, so that others see at once that a node is dead. It is opened anew whenever it is lost.
 */
export class Session implements AsyncDisposable {
  readonly #options: SessionOptions
  readonly #closing = new AbortController()
  readonly #locks = new LocalLocks()
  readonly #onNotice = new Set<(payload: string | undefined) => void>()
  #client: Promise<Client>
  #isHeld = true
  #recheck = (): Promise<void> => Promise.resolve()

  static async open(options: SessionOptions): Promise<Session> {
    return new Session(options, await connect(options))
  }

  private constructor(options: SessionOptions, client: Client) {
    this.#options = options
    this.#client = Promise.resolve(this.#watched(client))
    const timer = setInterval(() => void this.#ping(), PING_EVERY_MS)
    this.#closing.signal.addEventListener("abort", () => clearInterval(timer), { once: true })
  }

  /**
   * Waits until no node holds the lock of that name, and takes it. No transaction is open meanwhile. The same session
   * could hold it twice: callers of this process must wait for each other first. A lock ends with the connection, and
   * its holder does not learn of that.
   * @throws {StorageError} when there is no connection; `signal`'s reason
   */
  async lock(name: string, signal?: AbortSignal): Promise<AsyncDisposable> {
    for (;;) {
      signal?.throwIfAborted()
      this.#closing.signal.throwIfAborted()
      const client = await this.#connected()
      if (await this.#tryLock(client, name)) return { [Symbol.asyncDispose]: () => this.#unlock(client, name) }
      await sleep(POLL_MS)
    }
  }

  /** Whether other nodes see this one as alive, as far as known: without it they take over its messages. */
  get isHeld(): boolean {
    return this.#isHeld
  }

  /** @param check of each connection except the first; where it fails, the next one is tried */
  beforeReturn(check: () => Promise<void>): void {
    this.#recheck = check
  }

  /** @param listener gets each notice; undefined when some may have been lost with a connection */
  onNotice(listener: (payload: string | undefined) => void): void {
    this.#onNotice.add(listener)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closing.signal.aborted) return
    this.#closing.abort(new StorageError("storage_closed"))
    this.#isHeld = false
    const client = await this.#client.catch(() => undefined)
    await client?.end().catch(() => undefined)
  }

  /** A network that loses everything ends no connection: without a question the loss would stay unnoticed for hours. */
  async #ping(): Promise<void> {
    let client: Client | undefined
    try {
      client = await this.#connected()
      await this.#ask(client, PING)
    } catch (error) {
      if (client !== undefined && sqlState(error) === undefined) drop(client)
    }
  }

  async #tryLock(client: Client, name: string): Promise<boolean> {
    try {
      const { rows } = await this.#ask<{ taken: boolean }>(
        client,
        "select pg_try_advisory_lock(hashtextextended($1, 0)) as taken",
        [name],
      )
      return rows[0]?.taken === true
    } catch (error) {
      // There will be another connection, or none in time.
      if (sqlState(error) === undefined) drop(client)
      return false
    }
  }

  /** Never fails: a lock that cannot be given back ends with its connection. */
  async #unlock(client: Client, name: string): Promise<void> {
    try {
      await this.#ask(client, "select pg_advisory_unlock(hashtextextended($1, 0))", [name])
    } catch {
      drop(client)
    }
  }

  /**
   * One question at a time: a client of `pg` takes no other meanwhile. The end of a connection fails the present one.
   */
  #ask<T extends QueryResultRow>(client: Client, text: string, values?: readonly unknown[]): Promise<QueryResult<T>> {
    return this.#locks.run("session", () => client.query<T>(text, values && [...values]))
  }

  async #connected(): Promise<Client> {
    const given = new AbortController()
    try {
      const late = sleep(CONNECT_TIMEOUT_MS, undefined, { signal: given.signal }).then(() => {
        throw new StorageError("storage_error")
      })
      return await Promise.race([this.#client, late])
    } finally {
      given.abort()
    }
  }

  #watched(client: Client): Client {
    client.on("error", this.#options.onLost)
    client.on("notification", ({ payload = "" }) => this.#notice(payload))
    client.once("end", () => {
      this.#isHeld = false
      if (this.#closing.signal.aborted) return
      this.#client = this.#connect()
      // A caller that needs it meanwhile gets the error.
      this.#client.catch(() => undefined)
    })
    return client
  }

  #notice(payload: string | undefined): void {
    for (const listener of this.#onNotice) listener(payload)
  }

  async #connectAnew(): Promise<Client> {
    const client = await connect(this.#options)
    let hasEnded = false
    client.once("end", () => void (hasEnded = true))
    try {
      await this.#recheck()
    } catch (error) {
      drop(client)
      throw error
    }
    // Its end would not be noticed any more: the node would count as dead for the others and as alive for itself.
    if (hasEnded) throw new StorageError("storage_error")
    return this.#watched(client)
  }

  async #connect(): Promise<Client> {
    for (;;) {
      this.#closing.signal.throwIfAborted()
      try {
        const client = await this.#connectAnew()
        this.#isHeld = true
        this.#notice(undefined)
        return client
      } catch {
        // Its user has got the error.
      }
      await sleep(RECONNECT_PAUSE_MS, undefined, { signal: this.#closing.signal })
    }
  }
}

async function connect({ url, node }: Pick<SessionOptions, "url" | "node">): Promise<Client> {
  const client = new VerifiedClient({
    url,
    application_name: "wecom-push session",
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_SECONDS * 1000,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
  })
  // Errors of a connection that is not in use yet: `connect` and `query` report them.
  client.on("error", ignore)
  try {
    await client.connect()
    // The server, too, has to notice within seconds that the other machine is gone.
    await client.query(`set tcp_keepalives_idle = ${KEEP_ALIVE_SECONDS}; set tcp_keepalives_interval = 2;
      set tcp_keepalives_count = 3`)
    await setSession(client, { isPatient: true })
    await lockNode(client, node)
    await client.query(`listen ${NOTICE_CHANNEL}`)
    return client
  } catch (error) {
    drop(client)
    throw error
  }
}

/** The session before this one may be lost to us and not yet to the server. */
async function lockNode(client: Client, node: number): Promise<void> {
  await client.query(
    `select pg_terminate_backend(pid) from pg_locks
      where locktype = 'advisory' and classid = $1::bigint::oid and objid = $2::bigint::oid and objsubid = 2
        and database = (select oid from pg_database where datname = current_database()) and pid <> pg_backend_pid()`,
    [NODE_LOCKS, node],
  )
  await client.query("select pg_advisory_lock($1::integer, $2::integer)", [NODE_LOCKS, node])
}

/** Without a last message that the server may never read. */
function drop(client: Client): void {
  client.connection.stream.destroy()
}

function ignore(): void {}

export const NOTICE_CHANNEL = "wecom_push"
const PING = "select 1 as session"
const PING_EVERY_MS = 10_000
const POLL_MS = 50
const RECONNECT_PAUSE_MS = 200
const CONNECT_TIMEOUT_MS = DATABASE_TIMEOUTS.connect.ms
const QUERY_TIMEOUT_MS = DATABASE_TIMEOUTS.session.ms
const KEEP_ALIVE_SECONDS = 5
