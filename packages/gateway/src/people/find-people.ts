import type { Address } from "@wecom-push/sdk"
import type { RecipientChunk } from "../model/recipients.ts"
import { isLookedUp } from "../model/target.ts"
import type { Trace } from "../model/trace.ts"
import type { Finding, People, Wanted } from "./people.ts"

/** Known results for the recipients of a chunk that have to be looked up, by their slot in it. */
export interface KnownPeople {
  /** Userids. */
  readonly remembered: readonly (string | undefined)[]
  /** Of those that are not remembered. */
  readonly findings: readonly (Finding | undefined)[]
  /** Slots of those that WeCom has to be asked for. */
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
  const all = slots.map((slot) => wantedAt(chunk, slot))
  const recalled = await people.recall(
    all.map(({ type }) => type),
    all.map(({ address }) => address),
  )
  const remembered = Array<string | undefined>(chunk.types.length)
  const open: number[] = []
  for (const [index, slot] of slots.entries()) {
    const userid = all[index]?.fresh === true ? undefined : recalled[index]
    if (userid === undefined) open.push(index)
    else remembered[slot] = userid
  }
  const findings = Array<Finding | undefined>(chunk.types.length)
  const known = open.length === 0 ? [] : await people.known(open.flatMap((index) => all[index] ?? []))
  const unknown: number[] = []
  for (const [place, index] of open.entries()) {
    const slot = slots[index] ?? 0
    if (known[place] === undefined) unknown.push(slot)
    else findings[slot] = known[place]
  }
  return { remembered, findings, unknown }
}

interface AskOptions extends Required<Pick<Wanted, "keyId" | "priority">> {
  readonly signal: AbortSignal
  readonly trace?: Trace | undefined
}

/**
 * Asks WeCom for the userids of the recipients at `slots`.
 * @param options of the message: the key that it came with, its priority, and a signal that ends the wait
 */
export async function askForPeople(
  people: Pick<People, "ask">,
  chunk: RecipientChunk,
  slots: readonly number[],
  { keyId, priority, signal, trace }: AskOptions,
): Promise<KnownPeople> {
  const found = await people.ask(
    slots.map((slot) => ({ ...wantedAt(chunk, slot), keyId, priority, ...(trace !== undefined && { trace }) })),
    signal,
  )
  const findings = Array<Finding | undefined>(chunk.types.length)
  for (const [index, slot] of slots.entries()) findings[slot] = found[index]
  return { remembered: [], findings, unknown: [] }
}

function wantedAt({ types, addresses, details }: RecipientChunk, slot: number): Wanted {
  const type: Address["type"] = types[slot] === "email" ? "email" : "mobile"
  return { type, address: addresses[slot] ?? "", fresh: details[slot]?.fresh === true }
}

const NOTHING_TO_FIND: KnownPeople = { remembered: [], findings: [], unknown: [] }
