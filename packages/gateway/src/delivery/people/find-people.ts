import type { Address } from "@wecom-push/sdk"
import type { RecipientChunk } from "../../domain/recipients.ts"
import { isLookedUp } from "../../domain/target.ts"
import type { Finding, People, Wanted } from "./people.ts"

/** What is known of the recipients of a chunk that have to be looked up, by their place in it. */
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
  isWanted: (place: number) => boolean,
): FoundPeople | Promise<FoundPeople> {
  const places: number[] = []
  const types: Address["type"][] = []
  const addresses: string[] = []
  for (const [place, type] of chunk.types.entries()) {
    const address = chunk.addresses[place]
    if (address === undefined || !isLookedUp(type) || chunk.userids[place] != null || !isWanted(place)) continue
    places.push(place)
    types.push(type)
    addresses.push(address)
  }
  return places.length === 0 ? NOBODY : find(people, chunk, { places, types, addresses })
}

interface LookedUp {
  readonly places: readonly number[]
  readonly types: readonly Address["type"][]
  readonly addresses: readonly string[]
}

async function find(
  people: People,
  chunk: RecipientChunk,
  { places, types, addresses }: LookedUp,
): Promise<FoundPeople> {
  const recalled = await people.recall(types, addresses)
  const remembered = Array<string | undefined>(chunk.types.length)
  const asking: number[] = []
  const wanted: Wanted[] = []
  for (const [index, place] of places.entries()) {
    const fresh = chunk.details[place]?.fresh === true
    const userid = fresh ? undefined : recalled[index]
    if (userid !== undefined) remembered[place] = userid
    else {
      asking.push(place)
      wanted.push({ type: types[index] ?? "mobile", address: addresses[index] ?? "", fresh })
    }
  }
  const findings = Array<Finding | undefined>(chunk.types.length)
  const found = wanted.length === 0 ? [] : await people.find(wanted)
  for (const [index, place] of asking.entries()) findings[place] = found[index]
  return { remembered, findings }
}

const NOBODY: FoundPeople = { remembered: [], findings: [] }
