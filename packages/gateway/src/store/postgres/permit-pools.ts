import { sql } from "kysely"
import { sharePermits } from "../../model/share-permits.ts"
import type { SharedPermits, PermitAsk, PermitGrant, PermitsSeen } from "../../model/ports/shared-counts.ts"
import { findAlive } from "./nodes.ts"
import { NOW } from "./time.ts"
import type { Transactions, Tx } from "./transactions.ts"

/** The permits of one node in one pool. */
interface Block {
  readonly held: number
  readonly need: number
  /** Since when it waits for its share, or has had it. */
  readonly since: number
  /** Since when it has held as many, or more. */
  readonly heldSince: number
  /** When it last asked. */
  readonly seen: number
}

interface Liveness {
  readonly at: number
  readonly asked: ReadonlySet<number>
  readonly alive: ReadonlySet<number>
}

type Blocks = Readonly<Record<string, Block>>

interface Pool {
  readonly name: string
  readonly nodes: Blocks
  readonly at: number
}

/**
 * Permits that nodes share, in blocks: a row for each pool says how many each node holds, and a change locks the row. A
 * dead node holds none; nor does a node that was silent for half a minute, such as a frozen one: by its monotonic clock
 * it stopped beginning calls long before.
 */
export class PostgresPermits implements SharedPermits {
  readonly #transactions: Transactions
  readonly #node: string
  readonly #known = new Set<string>()
  /** The nodes that were recently found alive. */
  #seen: Liveness = { at: -Infinity, asked: new Set(), alive: new Set() }

  /** @param node its number */
  constructor(transactions: Transactions, node: number) {
    this.#transactions = transactions
    this.#node = String(node)
  }

  exchange(asks: readonly PermitAsk[]): Promise<readonly PermitGrant[]> {
    return this.#transactions.run(async (tx, after) => {
      const names = asks.map(({ pool }) => pool)
      const unknown = names.filter((name) => !this.#known.has(name))
      if (unknown.length > 0) {
        await sql`insert into wecom_push.slot_pools (name) select name from unnest(${unknown}::text[]) as name
          order by name collate "C" on conflict do nothing`.execute(tx)
        after(() => unknown.forEach((name) => this.#known.add(name)))
      }
      const { rows } = await sql<Pool>`select name, nodes, ${NOW} as at from wecom_push.slot_pools
        where name = any(${names}::text[]) order by name for update`.execute(tx)
      const pools = new Map(rows.map((pool) => [pool.name, pool]))
      const isDead = await this.#findDead(tx, asks, pools)
      const results = asks.map((ask) => this.#grant(ask, pools.get(ask.pool), isDead))
      const changed = results.map(({ nodes, short }, index) => ({ name: asks[index]?.pool, nodes, short }))
      await sql`update wecom_push.slot_pools as pool set nodes = changed.nodes, short = changed.short
        from json_to_recordset(${JSON.stringify(changed)}::json) as changed(name text, nodes jsonb, short boolean)
        where pool.name = changed.name`.execute(tx)
      return results.map(({ grant }) => grant)
    })
  }

  async look(pools: readonly string[]): Promise<PermitsSeen> {
    const { rows } = await this.#transactions.read((db) =>
      sql<{ name: string }>`select name from wecom_push.slot_pools
        where name = any(${pools}::text[]) and short`.execute(db),
    )
    return { short: new Set(rows.map(({ name }) => name)) }
  }

  /** Checked only where it matters: it costs the whole server a moment. */
  async #findDead(
    tx: Tx,
    asks: readonly PermitAsk[],
    pools: ReadonlyMap<string, Pool>,
  ): Promise<(node: number) => boolean> {
    const inTheWay = asks.flatMap(({ pool, need, limit }) => {
      const others = this.#others(pools.get(pool)?.nodes ?? {})
      return need > limit - heldBy(others) ? others.map(([node]) => Number(node)) : []
    })
    const now = performance.now()
    const isKnown = now < this.#seen.at + ALIVE_FOR_MS && inTheWay.every((node) => this.#seen.asked.has(node))
    if (inTheWay.length > 0 && !isKnown) {
      const asked = new Set(inTheWay)
      this.#seen = { at: now, asked, alive: await findAlive(tx, [...asked]) }
    }
    const { asked, alive } = this.#seen
    return (node) => asked.has(node) && !alive.has(node)
  }

  #others(nodes: Blocks): readonly (readonly [string, Block])[] {
    return Object.entries(nodes).filter(([node]) => node !== this.#node)
  }

  #grant(
    { limit, keep: wanted, need }: PermitAsk,
    pool: Pool | undefined,
    isDead: (node: number) => boolean,
  ): { readonly nodes: Blocks; readonly short: boolean; readonly grant: PermitGrant } {
    const { nodes = {}, at = 0 }: Partial<Pool> = pool ?? {}
    const isThere = ([node, { seen }]: readonly [string, Block]): boolean =>
      seen > at - FORGOTTEN_AFTER_MS && !(isDead(Number(node)) && seen <= at - WAITS_MS)
    const others = this.#others(nodes)
      .filter(isThere)
      .map(([node, block]) => [node, asSeen(block, at)] as const)
    const own = nodes[this.#node]
    // Others may have got the permits of a node that was forgotten.
    const keep = own !== undefined && own.seen > at - FORGOTTEN_AFTER_MS ? Math.min(wanted, own.held) : 0
    const othersAreShort = others.some(([, other]) => other.need > other.held)
    const shareSince = (since: number): number => {
      const sharers = [...others, [this.#node, { need, since }] as const].map(([id, sharer]) => ({
        id,
        need: sharer.need,
        since: sharer.since,
      }))
      return sharePermits(limit, sharers).get(this.#node) ?? 0
    }
    const since = turnOf(own, { at, keep, othersAreShort, shareOfLast: shareSince(at) })
    const share = shareSince(since)
    const free = Math.max(0, limit - heldBy(others) - keep)
    const missing = others.reduce((sum, [, other]) => sum + Math.max(0, other.need - other.held), 0)
    const owed = Math.min(free, Math.max(0, Math.min(need, share) - keep))
    // More permits in advance, from those that no other node needs.
    const spare = Math.min(Math.max(0, free - owed - missing), blockFor(need, limit) - Math.max(keep + owed, need))
    const held = keep + owed + Math.max(0, spare)
    const isGone = held === 0 && need === 0
    return {
      nodes: Object.fromEntries(
        isGone
          ? others
          : [
              ...others,
              [this.#node, { held, need, since, heldSince: held > keep ? at : (own?.heldSince ?? at), seen: at }],
            ],
      ),
      short: need > held || othersAreShort,
      grant: { held, share, othersAreShort },
    }
  }
}

/** A node that is short asks again and again: one that has stopped asking needs no more than it holds. */
function asSeen(block: Block, at: number): Block {
  return block.seen > at - WAITS_MS ? block : { ...block, need: Math.min(block.need, block.held) }
}

/**
 * A node that has had its share for a while, or gives it up, goes behind the waiting ones. A node with no more than the
 * last of them would get has had none, and keeps its place: or all would go behind each other, and the remainder would
 * stay unused.
 */
function turnOf(
  own: Block | undefined,
  {
    at,
    keep,
    othersAreShort,
    shareOfLast,
  }: {
    readonly at: number
    readonly keep: number
    readonly othersAreShort: boolean
    readonly shareOfLast: number
  },
): number {
  if (own === undefined || own.need === 0) return at
  if (!othersAreShort || own.held <= shareOfLast) return own.since
  return keep <= shareOfLast || at - own.heldSince >= TURN_MS ? at : own.since
}

function heldBy(blocks: readonly (readonly [string, Block])[]): number {
  return blocks.reduce((sum, [, { held }]) => sum + held, 0)
}

/** So that one more call need not ask for one more permit. */
function blockFor(need: number, limit: number): number {
  if (need === 0) return 0
  const step = Math.max(1, Math.floor(limit / STEPS))
  return Math.min(limit, Math.ceil(need / step) * step)
}

const STEPS = 10
const TURN_MS = 500
const WAITS_MS = 1500
const ALIVE_FOR_MS = 500
/** Longer than a request that began when the node last asked. */
const FORGOTTEN_AFTER_MS = 30_000
