import { sql } from "kysely"
import type { Database } from "./connection.ts"
import { ALIVE } from "./nodes.ts"

export interface NodesLook {
  /** Some of them may have had messages at work. */
  readonly dead: readonly number[]
  /** One was alive at the look before. */
  readonly hasDied: boolean
}

/**
 * Nodes that may have had messages at work when they died. Found in the table of nodes, and not in that of messages: an index by
 * who works on them is full of entries of messages that are done, while a snapshot is held, and walking it takes longer with
 * each of them.
 */
export class NodesWatched {
  /** Since when each is dead; undefined: it lives. */
  readonly #watched = new Map<number, number | undefined>()
  #alive: ReadonlySet<number> = new Set()
  #upTo = 0

  async look(db: Database): Promise<NodesLook> {
    const { rows } = await sql<{ started: number[]; alive: number[] }>`select
      array(select number from wecom_push.nodes where number > ${this.#upTo} order by number) as started,
      array(select node::integer from (${ALIVE}) as alive) as alive`.execute(db)
    const { started = [], alive: living = [] } = rows[0] ?? {}
    const alive = new Set(living)
    this.#upTo = started.at(-1) ?? this.#upTo
    // One that has been forgotten may only have lost its session for long.
    for (const node of [...started, ...living]) if (!this.#watched.has(node)) this.#watched.set(node, undefined)
    const now = performance.now()
    const dead: number[] = []
    for (const [node, since] of this.#watched) {
      if (alive.has(node)) this.#watched.set(node, undefined)
      else {
        this.#watched.set(node, since ?? now)
        dead.push(node)
      }
    }
    const hasDied = !this.#alive.isSubsetOf(alive)
    this.#alive = alive
    return { dead, hasDied }
  }

  /** @param busy nodes that have left something, and are looked at again */
  forgetDeadWithout(busy: ReadonlySet<number>): void {
    const before = performance.now() - WATCHED_MS
    for (const [node, since] of this.#watched) {
      if (since !== undefined && since < before && !busy.has(node)) this.#watched.delete(node)
    }
  }
}

/** What a node wrote before it died is committed long before that is over, or never. */
const WATCHED_MS = 60_000
