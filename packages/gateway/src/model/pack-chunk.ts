import { RECIPIENT_STATES } from "@wecom-push/protocol/delivery"
import type { RecipientState } from "@wecom-push/protocol/delivery"
import type { RecipientChunk, RecipientDetail, RecipientType } from "./recipients.ts"

/** A chunk as JSON, short where recipients are alike. */
export function packChunk(chunk: RecipientChunk): string {
  const { types, addresses, states, userids, calls, details } = chunk
  const packed: Packed = {
    t: toRuns(types),
    a: addresses,
    s: toRuns(states),
    u: packUserids(userids, addresses),
    c: toRuns(calls),
    d: packDetails(details),
  }
  return JSON.stringify(packed)
}

export function unpackChunk(index: number, json: string): RecipientChunk {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by `packChunk`
  const { t, a, s, u, c, d } = JSON.parse(json) as Packed
  return {
    index,
    types: fromRuns(t),
    addresses: a,
    states: fromRuns(s),
    userids: u === SAME_AS_ADDRESS ? [...a] : Array.isArray(u) ? u : Array<null>(a.length).fill(null),
    calls: fromRuns(c),
    details: unpackDetails(d),
  }
}

/** Which states occur in the chunk, one bit each. */
export function stateMask(states: readonly RecipientState[]): number {
  let mask = 0
  let last: RecipientState | undefined
  for (const state of states) {
    if (state === last) continue
    mask |= stateBit(state)
    last = state
  }
  return mask
}

export function stateBit(state: RecipientState): number {
  return 1 << RECIPIENT_STATES.indexOf(state)
}

interface Packed {
  readonly t: Runs<RecipientType>
  readonly a: string[]
  readonly s: Runs<RecipientState>
  readonly u: (string | null)[] | typeof SAME_AS_ADDRESS | null
  readonly c: Runs<number | null>
  readonly d?: readonly (readonly [detail: RecipientDetail, slots: readonly number[]])[] | undefined
}

const SAME_AS_ADDRESS = "a"

/** Value, how many times, value, how many times … */
type Runs<T> = readonly (readonly [value: T, times: number])[]

function toRuns<T>(values: readonly T[]): Runs<T> {
  const runs: [T, number][] = []
  for (const value of values) {
    const last = runs.at(-1)
    if (last !== undefined && last[0] === value) last[1]++
    else runs.push([value, 1])
  }
  return runs
}

function fromRuns<T>(runs: Runs<T>): T[] {
  let length = 0
  for (const [, times] of runs) length += times
  const values = Array<T>(length)
  let from = 0
  for (const [value, times] of runs) values.fill(value, from, (from += times))
  return values
}

function packUserids(userids: readonly (string | null)[], addresses: readonly string[]): Packed["u"] {
  if (userids.every((userid) => userid === null)) return null
  return userids.every((userid, place) => userid === addresses[place]) ? SAME_AS_ADDRESS : [...userids]
}

function packDetails(details: Readonly<Record<number, RecipientDetail>>): Packed["d"] {
  const entries = Object.entries(details)
  if (entries.length === 0) return undefined
  const slots = new Map<string, [RecipientDetail, number[]]>()
  for (const [place, detail] of entries) {
    const key = JSON.stringify(detail)
    const group = slots.get(key)
    if (group === undefined) slots.set(key, [detail, [Number(place)]])
    else group[1].push(Number(place))
  }
  return [...slots.values()]
}

function unpackDetails(groups: Packed["d"]): Record<number, RecipientDetail> {
  const details: Record<number, RecipientDetail> = {}
  for (const [detail, slots] of groups ?? []) for (const place of slots) details[place] = detail
  return details
}
