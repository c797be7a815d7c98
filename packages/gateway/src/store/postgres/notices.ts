import { sql } from "kysely"
import { NOTICE_CHANNEL } from "./session.ts"
import type { Session } from "./session.ts"
import type { Tx } from "./transactions.ts"

/**
 * What a notice is about. `events`: there are new ones. `halt`: of the message that it names nothing more may begin.
 * `history`: the database has gone back to an earlier moment.
 */
type Topic = "events" | "halt" | "history"

/** @param subject undefined: some notices may have been lost */
type Listener = (subject: string | undefined) => void

/**
 * Short notices from one node to all of them, also to itself. One may be lost with a connection, so that whoever waits for
 * one looks now and then all the same.
 */
export class Notices {
  readonly #listeners: Readonly<Record<Topic, Set<Listener>>> = {
    events: new Set(),
    halt: new Set(),
    history: new Set(),
  }

  constructor(session: Session) {
    session.onNotice((payload) => {
      if (payload === undefined) {
        for (const topic of TOPICS) this.#tell(topic, undefined)
        return
      }
      const [name, subject = ""] = payload.split(" ")
      const topic = TOPICS.find((one) => one === name)
      if (topic !== undefined) this.#tell(topic, subject)
    })
  }

  /** Goes out with the commit. */
  async send(tx: Tx, topic: Topic, subject = ""): Promise<void> {
    await sql`select pg_notify(${NOTICE_CHANNEL}, ${`${topic} ${subject}`})`.execute(tx)
  }

  /** @returns what ends it */
  on(topic: Topic, listener: Listener): () => void {
    const listeners = this.#listeners[topic]
    listeners.add(listener)
    return () => listeners.delete(listener)
  }

  #tell(topic: Topic, subject: string | undefined): void {
    for (const listener of this.#listeners[topic]) listener(subject)
  }
}

const TOPICS: readonly Topic[] = ["events", "halt", "history"]
