import type { Address } from "@wecom-push/sdk"
import type { RecipientChunk } from "../../domain/recipients.ts"
import { isLookedUp } from "../../domain/target.ts"
import type { Finding, People, Wanted } from "./people.ts"

/** What is known of the recipients of a chunk that have to be looked up, by their slot in it. */
export interface FoundPeople {
  /** Userids. */
  readonly remembered: readonly (string | undefined)[]
  /** Of those that are not remembered. */
  readonly findings: readonly (Finding | undefined)[]
}

/**
 * Looks up those of a chunk who are wanted, and whose userid is not written down with them. At once where that is nobody:
 * most messages are addressed by userid.
 */
export function findPeople(
  people: People,
  chunk: RecipientChunk,
  isWanted: (slot: number) => boolean,
): FoundPeople | Promise<FoundPeople> {
  const slots: number[] = []
  const types: Address["type"][] = []
  const addresses: string[] = []
  for (const [slot, type] of chunk.types.entries()) {
    const address = chunk.addresses[slot]
    if (address === undefined || !isLookedUp(type) || chunk.userids[slot] != null || !isWanted(slot)) continue
    slots.push(slot)
    types.push(type)
    addresses.push(address)
  }
  return slots.length === 0 ? NOBODY : find(people, chunk, { slots, types, addresses })
}

interface LookedUp {
  readonly slots: readonly number[]
  readonly types: readonly Address["type"][]
  readonly addresses: readonly string[]
}

async function find(
  people: People,
  chunk: RecipientChunk,
  { slots, types, addresses }: LookedUp,
): Promise<FoundPeople> {
  const recalled = await people.recall(types, addresses)
  const remembered = Array<string | undefined>(chunk.types.length)
  const asking: number[] = []
  const wanted: Wanted[] = []
  for (const [index, slot] of slots.entries()) {
    const fresh = chunk.details[slot]?.fresh === true
    const userid = fresh ? undefined : recalled[index]
    if (userid !== undefined) remembered[slot] = userid
    else {
      asking.push(slot)
      wanted.push({ type: types[index] ?? "mobile", address: addresses[index] ?? "", fresh })
    }
  }
  const findings = Array<Finding | undefined>(chunk.types.length)
  const found = wanted.length === 0 ? [] : await people.find(wanted)
  for (const [index, slot] of asking.entries()) findings[slot] = found[index]
  return { remembered, findings }
}

const NOBODY: FoundPeople = { remembered: [], findings: [] }
