import { sql } from "kysely"
import type { Database } from "./connection.ts"
import { ALIVE } from "./nodes.ts"
import { ROBOT_LEASE_IS_FREE } from "./robot-lease.ts"

export interface NodesLook {
  /** Dead nodes, some of which may have had messages in work. */
  readonly dead: readonly number[]
  /** One of the nodes that were alive at the last look is dead. */
  readonly hasDied: boolean
  readonly isRobotLeaseFree: boolean
}

interface NodesRead {
  readonly started: readonly number[]
  readonly living: readonly number[]
  readonly isRobotLeaseFree: boolean
}

/**
 * Nodes that may have had messages in work when they died. Found in the table of nodes, and not in that of messages: an
 * index by worker is full of entries of finished messages while a snapshot is held, and reading it takes longer with
 * each of them.
 */
export class NodesWatched {
  /** Since when each node is dead; undefined: it is alive. */
  readonly #watched = new Map<number, number | undefined>()
  #alive: ReadonlySet<number> = new Set()
  #upTo: number | undefined

  async look(db: Database): Promise<NodesLook> {
    const { started, living, isRobotLeaseFree } = await this.#read(db)
    const alive = new Set(living)
    // A node that was forgotten as dead may only have lost its session for long.
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
    return { dead, hasDied, isRobotLeaseFree }
  }

  async #read(db: Database): Promise<NodesRead> {
    const started =
      this.#upTo === undefined ? FIRST : sql<number>`select number from wecom_push.nodes where number > ${this.#upTo}`
    const { rows } = await sql<{ started: number[]; alive: number[]; newest: number; is_free: boolean }>`select
      array(${started}) as started, array(select node::integer from (${ALIVE}) as alive) as alive,
      (select coalesce(max(number), 0) from wecom_push.nodes) as newest, ${ROBOT_LEASE_IS_FREE} as is_free`.execute(db)
    const [row] = rows
    this.#upTo = row?.newest ?? 0
    return { started: row?.started ?? [], living: row?.alive ?? [], isRobotLeaseFree: row?.is_free === true }
  }

  /** @param busy nodes that have left messages, and are checked again */
  forgetDeadWithout(busy: ReadonlySet<number>): void {
    const before = performance.now() - WATCHED_MS
    for (const [node, since] of this.#watched) {
      if (since !== undefined && since < before && !busy.has(node)) this.#watched.delete(node)
    }
  }
}

const LAST_STARTS = 100

/**
 * The nodes to watch at the start: those that have messages in work. A node is one start of a gateway, so a database of
 * years has many nodes. The last ones are added, since the messages that they have begun may not be committed yet. The
 * index is read through only this once.
 */
const FIRST = sql<number>`with recursive found as (
    select min(worker) as worker from wecom_push.messages where worker is not null union all
    select (select min(messages.worker) from wecom_push.messages where messages.worker > found.worker)
    from found where found.worker is not null
  )
  select worker from found where worker is not null
  union select number from wecom_push.nodes where number > (select max(number) - ${sql.lit(LAST_STARTS)} from wecom_push.nodes)`

/** A node's last writes before its death are committed long before this time is over, or never. */
const WATCHED_MS = 60_000
