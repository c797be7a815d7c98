import { sql } from "kysely"
import type { Tx } from "./transactions.ts"

/** The key of a body in the collision guard: WeCom compares the bodies of one agent. */
export interface BodyKey {
  readonly agent: number
  readonly hash: string
}

/** The call that sent a body first. */
export interface SentBody {
  readonly messageId: string
  readonly number: number
  readonly at: number
}

export interface WantedBody extends BodyKey, SentBody {
  /** An earlier call counts when it began less than this ago. */
  readonly windowMs: number
}

/**
 * Holds bodies for these calls, of which no two may want the same body.
 * @returns the earlier holder; undefined: this call holds the body now
 */
export async function keepBodies(tx: Tx, wanted: readonly WantedBody[]): Promise<ReadonlyMap<string, SentBody>> {
  const held = await insertFree(tx, wanted)
  const taken = wanted.filter((body) => !held.has(bodyKey(body)))
  if (taken.length === 0) return new Map()
  // Nearly all bodies are new. Only where a body was not free its window may have passed meanwhile.
  await freeAfterWindow(tx, taken)
  await insertFree(tx, taken)
  return findOthers(tx, taken)
}

/** @returns the bodies that were free, and are held now */
async function insertFree(tx: Tx, wanted: readonly WantedBody[]): Promise<ReadonlySet<string>> {
  if (wanted.length === 0) return new Set()
  const rows = wanted.map(({ agent, hash, messageId, number, at }) => ({
    agent,
    hash,
    message: messageId,
    call: number,
    at,
  }))
  const { rows: held } = await sql<BodyKey>`insert into wecom_push.bodies (agent, hash, message, call, at)
    select agent, hash, message, call, at from json_to_recordset(${JSON.stringify(rows)}::json)
      as wanted(agent integer, hash text, message text, call integer, at bigint)
    order by agent, hash on conflict do nothing returning agent, hash`.execute(tx)
  return new Set(held.map(bodyKey))
}

async function freeAfterWindow(tx: Tx, wanted: readonly WantedBody[]): Promise<void> {
  const rows = wanted.map(({ agent, hash, at, windowMs }) => ({ agent, hash, free_before: at - windowMs }))
  await sql`delete from wecom_push.bodies using json_to_recordset(${JSON.stringify(rows)}::json)
      as wanted(agent integer, hash text, free_before bigint)
    where bodies.agent = wanted.agent and bodies.hash = wanted.hash and bodies.at <= wanted.free_before`.execute(tx)
}

async function findOthers(tx: Tx, wanted: readonly WantedBody[]): Promise<ReadonlyMap<string, SentBody>> {
  const rows = wanted.map(({ agent, hash, messageId, number }) => ({ agent, hash, message: messageId, call: number }))
  const { rows: found } = await sql<BodyKey & { message: string; call: number; at: number }>`
    select bodies.agent, bodies.hash, bodies.message, bodies.call, bodies.at
    from json_to_recordset(${JSON.stringify(rows)}::json) as wanted(agent integer, hash text, message text, call integer)
    join wecom_push.bodies on bodies.agent = wanted.agent and bodies.hash = wanted.hash
    where (bodies.message, bodies.call) <> (wanted.message, wanted.call)`.execute(tx)
  return new Map(
    found.map(({ agent, hash, message, call, at }) => [
      bodyKey({ agent, hash }),
      { messageId: message, number: call, at },
    ]),
  )
}

/** Frees the bodies that these calls hold: a call that never reached WeCom makes no other body a repeat. */
export async function freeBodies(tx: Tx, held: readonly (BodyKey & Omit<SentBody, "at">)[]): Promise<void> {
  if (held.length === 0) return
  const rows = held.map(({ agent, hash, messageId, number }) => ({ agent, hash, message: messageId, call: number }))
  await sql`delete from wecom_push.bodies using json_to_recordset(${JSON.stringify(rows)}::json)
      as freed(agent integer, hash text, message text, call integer)
    where bodies.agent = freed.agent and bodies.hash = freed.hash
      and bodies.message = freed.message and bodies.call = freed.call`.execute(tx)
}

/** Restarts the window of a body that a call holds. */
export async function keepBodiesOn(tx: Tx, held: readonly (BodyKey & SentBody)[]): Promise<void> {
  if (held.length === 0) return
  const rows = held.map(({ agent, hash, messageId, number, at }) => ({
    agent,
    hash,
    message: messageId,
    call: number,
    at,
  }))
  await sql`update wecom_push.bodies set at = again.at from json_to_recordset(${JSON.stringify(rows)}::json)
      as again(agent integer, hash text, message text, call integer, at bigint)
    where bodies.agent = again.agent and bodies.hash = again.hash
      and bodies.message = again.message and bodies.call = again.call`.execute(tx)
}

export const bodyKey = ({ agent, hash }: BodyKey): string => `${agent} ${hash}`
