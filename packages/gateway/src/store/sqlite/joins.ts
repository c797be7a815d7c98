import type { DatabaseSync, StatementSync } from "node:sqlite"
import type { MessageState } from "@wecom-push/protocol/delivery"
import { parseMessageState } from "@wecom-push/protocol/delivery"
import type { Message } from "../../model/message.ts"
import type { EarlierResult, IdempotencyRecord } from "../../model/ports/outbox.ts"
import { integer, text } from "../row.ts"

type Use = Pick<IdempotencyRecord, "client" | "key" | "isFreedByEnd">

/**
 * Finds the unfinished message that an equal request joins. The keys of such messages are hashes: if the rows were
 * ordered by key, each would change a page of its own, and each request would make the log 4 KB longer. So the rows are
 * in the order in which they come, and this object remembers where the row of a key is. The remembered place may be
 * wrong, as after a commit that failed: the row decides.
 */
export class Joins {
  readonly #find: StatementSync
  readonly #insert: StatementSync
  #newer = new Places()
  #older = new Places()
  #turnAt = -Infinity

  constructor(db: DatabaseSync) {
    this.#find = db.prepare(
      `select fingerprint, message, state, recipients,
        exists (select 1 from messages where id = idempotency.message and state = 'open') as is_open
      from idempotency where client = '${ROWS}' and key = ? and expires_at > ?`,
    )
    this.#insert =
      db.prepare(`insert into idempotency (client, key, fingerprint, message, state, recipients, expires_at)
      values ('${ROWS}', ?, ?, ?, ?, ?, ?)`)
    this.#readNewest(db)
  }

  /** Whether its key is a hash of the request, and free when its message is finished. */
  static takes({ key, isFreedByEnd }: Use): boolean {
    return isFreedByEnd === true && HASH.test(key)
  }

  /** @returns the message that an equal request joins at this time */
  earlier(use: Use, now: number): EarlierResult | undefined {
    const hash = hashIn(use.key)
    const seq = this.#newer.get(use.client, hash) ?? this.#older.get(use.client, hash)
    const row = seq === undefined ? undefined : this.#find.get(keyOf(seq), now)
    if (row === undefined || integer(row, "is_open") === 0 || text(row, "fingerprint") !== nameOf(use)) return undefined
    return {
      kind: "replayed",
      messageId: text(row, "message"),
      state: parseMessageState(text(row, "state")),
      recipientCount: integer(row, "recipients"),
    }
  }

  /** Inside the transaction that stores the message: later ones join it. */
  add(seq: number, record: IdempotencyRecord, { id, acceptedAt, recipientCount }: Message, state: MessageState): void {
    const { client, key, expiresAt } = record
    this.#insert.run(keyOf(seq), nameOf(record), id, state, recipientCount, expiresAt)
    this.#remember(client, key, seq, expiresAt, expiresAt - acceptedAt)
  }

  #remember(client: string, key: string, seq: number, expiresAt: number, lifetimeMs: number): void {
    if (expiresAt >= this.#turnAt || this.#newer.size >= MOST) {
      this.#older = this.#newer
      this.#newer = new Places()
      this.#turnAt = expiresAt + lifetimeMs
    }
    this.#newer.set(client, hashIn(key), seq)
  }

  /** Those of the last minute before the newest. */
  #readNewest(db: DatabaseSync): void {
    const rows = db.prepare(
      `select key, fingerprint, expires_at from idempotency where client = '${ROWS}' order by key desc`,
    )
    let from = -Infinity
    for (const row of rows.iterate()) {
      const expiresAt = integer(row, "expires_at")
      if (from === -Infinity) from = expiresAt - READ_MS
      if (expiresAt < from || this.#newer.size >= MOST) break
      const [client = "", key = ""] = text(row, "fingerprint").split("\n")
      const seq = Number(text(row, "key"))
      const hash = hashIn(key)
      // The newest of one key comes first.
      if (this.#newer.get(client, hash) === undefined) this.#newer.set(client, hash, seq)
    }
  }
}

/** The places of rows by client, as numbers: hundreds of thousands of texts would take megabytes. */
class Places {
  size = 0
  readonly #seqs = new Map<string, Map<number, number>>()

  get(client: string, hash: number): number | undefined {
    return this.#seqs.get(client)?.get(hash)
  }

  set(client: string, hash: number, seq: number): void {
    const ofClient = this.#seqs.get(client)
    if (ofClient === undefined) this.#seqs.set(client, new Map([[hash, seq]]))
    else ofClient.set(hash, seq)
    this.size++
  }
}

/** Used in the place of a client: no client has this name. */
const ROWS = ""
const HASH = /[\da-f]{64}$/
/** The most places in each of two generations: more than come in a minute. */
const MOST = 200_000
const READ_MS = 60_000

function hashIn(key: string): number {
  return Number.parseInt(key.slice(-12), 16)
}

/** In the order of numbers. */
function keyOf(seq: number): string {
  return String(seq).padStart(16, "0")
}

function nameOf({ client, key }: Use): string {
  return `${client}\n${key}`
}
