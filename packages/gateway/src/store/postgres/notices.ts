import { sql } from "kysely"
import type { RawBuilder } from "kysely"
import { NOTICE_CHANNEL } from "./session.ts"
import type { Session } from "./session.ts"
import type { Tx } from "./transactions.ts"

/**
 * The subject of a notice. `events`: there are new ones. `halt`: nothing more of the named message may begin.
 * `history`: the database has gone back to an earlier moment. `robots`: messages of smart robots may be due.
 * `robot_frame`: the numbered frame waits for the node that has the robots; `robot_answer`: it has its answer.
 */
type Topic = "events" | "halt" | "history" | "robots" | "robot_frame" | "robot_answer"

/** @param subject undefined: some notices may have been lost */
type Listener = (subject: string | undefined) => void

/**
 * Short notices from one node to all of them, also to itself. One may be lost with a connection, so that a listener
 * still has to look now and then.
 */
export class Notices {
  readonly #listeners: Readonly<Record<Topic, Set<Listener>>> = {
    events: new Set(),
    halt: new Set(),
    history: new Set(),
    robots: new Set(),
    robot_frame: new Set(),
    robot_answer: new Set(),
  }

  constructor(session: Session) {
    session.onNotice((payload) => {
      if (payload === undefined) {
        for (const topic of TOPICS) this.#notify(topic, undefined)
        return
      }
      const [name, subject = ""] = payload.split(" ")
      const topic = TOPICS.find((one) => one === name)
      if (topic !== undefined) this.#notify(topic, subject)
    })
  }

  /** Sent with the commit. */
  async send(tx: Tx, topic: Topic, subject = ""): Promise<void> {
    await notice(topic, subject).execute(tx)
  }

  /** @returns a function that ends it */
  on(topic: Topic, listener: Listener): () => void {
    const listeners = this.#listeners[topic]
    listeners.add(listener)
    return () => listeners.delete(listener)
  }

  #notify(topic: Topic, subject: string | undefined): void {
    for (const listener of this.#listeners[topic]) listener(subject)
  }
}

export function notice(topic: Topic, subject = ""): RawBuilder<unknown> {
  return sql`select pg_notify(${NOTICE_CHANNEL}, ${`${topic} ${subject}`})`
}

const TOPICS: readonly Topic[] = ["events", "halt", "history", "robots", "robot_frame", "robot_answer"]
