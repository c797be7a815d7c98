import type { Address } from "@wecom-push/sdk"
import type { RecipientChunk } from "../model/recipients.ts"
import { isLookedUp } from "../model/target.ts"
import type { AskOptions, LookupResult, People } from "./people.ts"

/** Known results for the recipients of a chunk that have to be looked up, by their slot in it. */
export interface KnownPeople {
  /** The userids that are remembered. */
  readonly remembered: readonly (string | undefined)[]
  /** The results for those that are not remembered. */
  readonly results: readonly (LookupResult | undefined)[]
  /** The slots for which WeCom has to be asked. */
  readonly unknown: readonly number[]
}

/**
 * Results known without asking WeCom, for the wanted recipients of a chunk whose userid is not stored with them.
 * Synchronous when there is none: most messages are addressed by userid.
 */
export function recallPeople(
  people: Pick<People, "recall" | "known">,
  chunk: RecipientChunk,
  isWanted: (slot: number) => boolean,
): KnownPeople | Promise<KnownPeople> {
  const slots: number[] = []
  for (const [slot, type] of chunk.types.entries()) {
    if (isLookedUp(type) && chunk.userids[slot] == null && isWanted(slot)) slots.push(slot)
  }
  return slots.length === 0 ? NOTHING_TO_FIND : recall(people, chunk, slots)
}

async function recall(
  people: Pick<People, "recall" | "known">,
  chunk: RecipientChunk,
  slots: readonly number[],
): Promise<KnownPeople> {
  const asked = slots.filter((slot) => !isFresh(chunk, slot))
  const recalled = await people.recall(
    asked.map((slot) => typeAt(chunk, slot)),
    asked.map((slot) => chunk.addresses[slot] ?? ""),
  )
  const remembered = Array<string | undefined>(chunk.types.length)
  for (const [index, slot] of asked.entries()) remembered[slot] = recalled[index]
  const results = Array<LookupResult | undefined>(chunk.types.length)
  const open = asked.filter((slot) => remembered[slot] === undefined)
  const known = open.length === 0 ? [] : await people.known(open.map((slot) => addressAt(chunk, slot)))
  for (const [index, slot] of open.entries()) results[slot] = known[index]
  const unknown = slots.filter((slot) => remembered[slot] === undefined && results[slot] === undefined)
  return { remembered, results, unknown }
}

/**
 * Asks WeCom for the userids of the recipients at `slots`.
 * @param options from the message
 */
export async function askForPeople(
  people: Pick<People, "ask">,
  chunk: RecipientChunk,
  slots: readonly number[],
  options: Omit<AskOptions, "emailType" | "fresh">,
): Promise<KnownPeople> {
  const results = Array<LookupResult | undefined>(chunk.types.length)
  const ask = async (some: readonly number[], fresh: boolean): Promise<void> => {
    if (some.length === 0) return
    const addresses = some.map((slot) => addressAt(chunk, slot))
    const found = await people.ask(addresses, { ...options, fresh })
    for (const [index, slot] of some.entries()) results[slot] = found[index]
  }
  const { fresh = [], others = [] } = Object.groupBy(slots, (slot) => (isFresh(chunk, slot) ? "fresh" : "others"))
  await Promise.all([ask(others, false), ask(fresh, true)])
  return { remembered: [], results, unknown: [] }
}

function isFresh({ details }: RecipientChunk, slot: number): boolean {
  return details[slot]?.fresh === true
}

function typeAt({ types }: RecipientChunk, slot: number): Address["type"] {
  return types[slot] === "email" ? "email" : "mobile"
}

function addressAt(chunk: RecipientChunk, slot: number): Address {
  return { type: typeAt(chunk, slot), address: chunk.addresses[slot] ?? "" }
}

const NOTHING_TO_FIND: KnownPeople = { remembered: [], results: [], unknown: [] }
