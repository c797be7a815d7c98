import { sql } from "kysely"
import type { AnsweredPlace, PaceLimit, PaceTaken, SharedPaces } from "../../model/ports/shared-counts.ts"
import { NOW } from "./time.ts"
import type { Transactions, Tx } from "./transactions.ts"

/** Counts by the length of the window and the number of its 60th part. */
type Counts = Readonly<Record<string, Readonly<Record<string, number>>>>

/** A node that has to ask again. */
interface Waiting {
  readonly node: number
  /** No other goes before it until then. */
  readonly until: number
  /** The room that it needs; else for one. */
  readonly places?: number
}

interface PaceRow {
  readonly counts: Counts
  readonly waiting: readonly Waiting[]
  readonly at: number
}

/**
 * Lets look-ups of a corp begin so that no window of any rule holds more than its limit, whichever node asks. Counted
 * by 60ths of the window: exact to one 60th on the safe side. A node takes as many places at once as it can use.
 */
export class PostgresLookupPaces implements SharedPaces {
  readonly #transactions: Transactions
  readonly #node: number

  /** @param node its number */
  constructor(transactions: Transactions, node: number) {
    this.#transactions = transactions
    this.#node = node
  }

  take(
    corpId: string,
    rules: readonly PaceLimit[],
    wanted: number,
    answered: readonly AnsweredPlace[] = [],
    together?: { readonly ahead: number },
  ): Promise<PaceTaken> {
    return this.#transactions.run(async (tx) => {
      const row = await lockRow(tx, corpId)
      const { counts, waiting, taken } = takePlaces(row, rules, { node: this.#node, wanted, answered, together })
      await sql`update wecom_push.lookup_paces set counts = ${JSON.stringify(counts)}::jsonb,
          waiting = ${JSON.stringify(waiting)}::jsonb where corp_id = ${corpId}`.execute(tx)
      return taken
    })
  }
}

async function lockRow(tx: Tx, corpId: string): Promise<PaceRow> {
  const find = sql<PaceRow>`select counts, waiting, ${NOW} as at from wecom_push.lookup_paces
    where corp_id = ${corpId} for update`
  const [known] = (await find.execute(tx)).rows
  if (known !== undefined) return known
  await sql`insert into wecom_push.lookup_paces (corp_id) values (${corpId}) on conflict do nothing`.execute(tx)
  const [row] = (await find.execute(tx)).rows
  if (row === undefined) throw new Error("the row was just made")
  return row
}

function takePlaces(
  row: PaceRow,
  rules: readonly PaceLimit[],
  { node, wanted, answered, together }: Wish,
): { readonly counts: Counts; readonly waiting: readonly Waiting[]; readonly taken: PaceTaken } {
  const { at } = row
  const windows = rules.map((rule) => countedByAnswer(windowOf(rule, row), answered))
  const waiting = row.waiting.filter(({ until }) => until > at)
  const place = waiting.findIndex((one) => one.node === node)
  const others = waiting.filter((one) => one.node !== node)
  // For nodes that are to come before this one.
  const ahead = needOf(place === -1 ? others : waiting.slice(0, place))
  const room = Math.min(...windows.map((window) => window.limit - totalOf(window))) - ahead
  const whole = together === undefined ? undefined : together.ahead + wanted
  const granted = whole === undefined ? Math.max(0, Math.min(wanted, room)) : room < whole ? 0 : wanted
  const counts = Object.fromEntries(windows.map((window) => [String(window.windowMs), counted(window, granted, at)]))
  // A node whose earlier call has ended asks for none, and may still wait for room.
  const left = wanted === 0 && together !== undefined ? waiting : others
  if (granted === wanted) return { counts, waiting: left, taken: { granted, againInMs: 0, at } }
  const behind = (granted > 0 || place === -1 ? needOf(others) : ahead) + (whole === undefined ? 0 : whole - 1)
  const after = rules.map((rule) => windowOf(rule, { counts, at }))
  const again = Math.max(at + SHORTEST_WAIT_MS, ...after.map((window) => freeAt(window, behind, at)))
  const own = { node, until: again + KEPT_MS, ...(whole !== undefined && { places: whole }) }
  const line = granted > 0 || place === -1 ? [...others, own] : waiting.map((one) => (one.node === node ? own : one))
  return { counts, waiting: line, taken: { granted, againInMs: again - at, at } }
}

interface Wish {
  readonly node: number
  readonly wanted: number
  readonly answered: readonly AnsweredPlace[]
  readonly together: { readonly ahead: number } | undefined
}

function needOf(waiting: readonly Waiting[]): number {
  return waiting.reduce((sum, { places = 1 }) => sum + places, 0)
}

interface Window extends PaceLimit {
  readonly counts: ReadonlyMap<number, number>
}

/** Without the parts whose last moment has left it. */
function windowOf({ limit, windowMs }: PaceLimit, { counts, at }: Pick<PaceRow, "counts" | "at">): Window {
  const slots = Object.entries(counts[windowMs] ?? {}).map(([slot, count]) => [Number(slot), count] as const)
  const kept = slots.filter(([slot]) => (slot + 1) * slotMs({ windowMs }) + windowMs > at)
  return { limit, windowMs, counts: new Map(kept.toSorted(([one], [other]) => one - other)) }
}

/** A place whose part has left the window meanwhile is counted again. */
function countedByAnswer(window: Window, answered: readonly AnsweredPlace[]): Window {
  const counts = new Map(window.counts)
  for (const { takenAt, answeredAt, places = 1 } of answered) {
    const from = Math.floor(takenAt / slotMs(window))
    const to = answeredAt === undefined ? undefined : Math.floor(answeredAt / slotMs(window))
    if (to !== undefined && from >= to) continue
    const left = (counts.get(from) ?? 0) - places
    if (left > 0) counts.set(from, left)
    else counts.delete(from)
    if (to !== undefined) counts.set(to, (counts.get(to) ?? 0) + places)
  }
  return { ...window, counts: new Map([...counts].toSorted(([one], [other]) => one - other)) }
}

function totalOf({ counts }: Window): number {
  return counts.values().reduce((sum, count) => sum + count, 0)
}

function counted(window: Window, places: number, at: number): Readonly<Record<string, number>> {
  const slot = Math.floor(at / slotMs(window))
  const before = window.counts.get(slot) ?? 0
  return Object.fromEntries(places === 0 ? window.counts : new Map([...window.counts, [slot, before + places]]))
}

/** When there is room for one more after `behind` others. */
function freeAt(window: Window, behind: number, at: number): number {
  const { counts, limit, windowMs } = window
  if (limit === 0) return at + windowMs
  let excess = totalOf(window) + behind - limit + 1
  if (excess <= 0) return at
  let freedAt = at
  for (const [slot, count] of counts) {
    excess -= count
    freedAt = (slot + 1) * slotMs(window) + windowMs
    if (excess <= 0) return freedAt
  }
  // Behind the ones that will have been let through by then.
  return freedAt + Math.ceil(excess / limit) * windowMs
}

function slotMs({ windowMs }: Pick<PaceLimit, "windowMs">): number {
  return windowMs / SLOTS
}

const SLOTS = 60
const SHORTEST_WAIT_MS = 10
/** For a node that comes a little late. A dead node delays the others this long. */
const KEPT_MS = 1000
