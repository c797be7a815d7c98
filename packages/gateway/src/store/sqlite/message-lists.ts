import type { DatabaseSync, StatementSync } from "node:sqlite"
import type { MessagesQuery } from "../../model/ports/reader.ts"
import { integer, text } from "../row.ts"
import type { Row } from "../row.ts"
import { firstOf } from "./searches.ts"
import type { Search } from "./searches.ts"

/** `[accepted_at, seq]`, the order of lists of messages. */
export type ListKey = readonly [acceptedAt: number, seq: number]

/** Which messages of an app are in a list. */
export class MessageLists {
  readonly #ofApp: StatementSync
  readonly #listed: StatementSync
  readonly #due: StatementSync
  readonly #notDue: StatementSync
  readonly #inFlight: StatementSync

  constructor(db: DatabaseSync) {
    const inFlight = "in_flight_by is not null and host is null"
    const columns = "accepted_at, seq, state, send_at"
    const withCalls = `select ${columns},
      exists (select 1 from calls indexed by calls_in_flight where message = messages.seq and ${inFlight}) as in_flight
      from messages where app = ?`
    const before = "accepted_at >= ? and (accepted_at, seq) < (?, ?)"
    const range = `${before} order by accepted_at desc, seq desc limit ?`
    this.#ofApp = db.prepare(`select ${columns} from messages where app = ? and ${range}`)
    this.#listed = db.prepare(`${withCalls} and listed = ? and state <> 'sent' and ${range}`)
    const scheduled = `${withCalls} and listed = 'scheduled'`
    this.#due = db.prepare(`${scheduled} and (send_at, seq) < (?, ?) order by send_at desc, seq desc limit ?`)
    this.#notDue = db.prepare(`${scheduled} and (send_at, seq) > (?, ?) order by send_at, seq limit ?`)
    // Found from the calls: those under way are few, however many messages there are.
    this.#inFlight = db.prepare(`select accepted_at, seq from messages
      where seq in (select message from calls indexed by calls_in_flight where ${inFlight})
      and app = ? and state = 'open' and started = 0 and ${before}`)
  }

  /** The newest before a key, one more than the page holds, or all that there are; unordered. */
  async keysOf(app: string, query: MessagesQuery, before: ListKey): Promise<readonly ListKey[]> {
    const { state, since = 0, now } = query
    const byAcceptance = (wanted: (row: Row) => boolean, listed?: string, from = since): Search<readonly ListKey[]> =>
      search(query, before, wanted, (at, seq, batch) =>
        listed === undefined
          ? this.#ofApp.all(app, from, at, seq, batch)
          : this.#listed.all(app, listed, from, at, seq, batch),
      )
    if (state === undefined) return firstOf(byAcceptance(() => true))
    if (state === "sent") return firstOf(byAcceptance((row) => text(row, "state") === state))
    if (state === "sending") {
      const inFlight = this.#inFlight.all(app, since, ...before).map(keyOf)
      return [...inFlight, ...(await firstOf(byAcceptance(() => true, state)))]
    }
    if (state !== "queued" && state !== "scheduled") return firstOf(byAcceptance(() => true, state))
    const isWanted = (row: Row): boolean => !isInFlight(row) && integer(row, "send_at") <= now === (state === "queued")
    // An unscheduled message counts as scheduled only for a clock that has been set back since.
    const from = state === "queued" ? since : Math.max(since, now + 1)
    const first = await firstOf(byAcceptance(isWanted, "queued", from))
    // By acceptance is slow where all newer messages have another state, by time where most have this one.
    const byTime = this.#byTime(app, query, before)
    return [...first, ...(await firstOf(byAcceptance(isWanted, "scheduled"), byTime))]
  }

  /** The newest of all scheduled messages that are due by now, or are not. */
  *#byTime(app: string, { state, since = 0, limit, now }: MessagesQuery, before: ListKey): Search<readonly ListKey[]> {
    const statement = state === "queued" ? this.#due : this.#notDue
    let place: readonly [sendAt: number, seq: number] = [now, Number.MAX_SAFE_INTEGER]
    let newest: readonly ListKey[] = []
    for (let batch = limit + 1; ; batch = KEYS_PER_TURN) {
      const rows = statement.all(app, ...place, batch)
      const waiting = rows.filter((row) => !isInFlight(row)).map(keyOf)
      const keys = waiting.filter((key) => key[0] >= since && newestFirst(before, key) < 0)
      newest = [...newest, ...keys].toSorted(newestFirst).slice(0, limit + 1)
      const last = rows.at(-1)
      if (last === undefined || rows.length < batch) return newest
      place = [integer(last, "send_at"), integer(last, "seq")]
      yield
    }
  }
}

export function newestFirst([at, seq]: ListKey, [otherAt, otherSeq]: ListKey): number {
  return otherAt - at || otherSeq - seq
}

function* search(
  { limit }: MessagesQuery,
  before: ListKey,
  isWanted: (row: Row) => boolean,
  read: (at: number, seq: number, batch: number) => readonly Row[],
): Search<readonly ListKey[]> {
  const keys: ListKey[] = []
  let place = before
  for (let batch = limit + 1; ; batch = KEYS_PER_TURN) {
    const rows = read(...place, batch)
    for (const row of rows) {
      place = keyOf(row)
      if (isWanted(row)) keys.push(place)
      if (keys.length > limit) return keys
    }
    if (rows.length < batch) return keys
    yield
  }
}

/** It is marked as started when its call is settled, and not before. */
function isInFlight(row: Row): boolean {
  return integer(row, "in_flight") === 1
}

function keyOf(row: Row): ListKey {
  return [integer(row, "accepted_at"), integer(row, "seq")]
}

const KEYS_PER_TURN = 250
