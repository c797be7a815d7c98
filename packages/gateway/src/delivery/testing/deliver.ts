import assert from "node:assert/strict"
import { setImmediate as immediate } from "node:timers/promises"
import type { ApiRequest } from "@wecom-push/sdk/internals"
import type { RecipientChunk, RecipientType } from "../../model/recipients.ts"
import { aChunk } from "../../store/testing/build.ts"
import { MessageDelivery } from "../call/message-delivery.ts"
import type { MessageDeliveryDeps } from "../call/message-delivery.ts"
import type { NextWake } from "../queue/next-wake.ts"
import { CallSharings } from "../call/share-calls.ts"
import { OneMessage } from "./one-message.ts"
import type { OneMessageOptions } from "./one-message.ts"

/** A chunk of recipients given as `type:address`; members where no type is given. */
export function chunkOf(recipients: readonly string[], changes: Partial<RecipientChunk> = {}): RecipientChunk {
  const split = recipients.map((recipient) => (recipient.includes(":") ? recipient : `user:${recipient}`).split(":"))
  const types = split.map(([type]) => type as RecipientType)
  const addresses = split.map(([, address = ""]) => address)
  const userids = addresses.map((address, index) => (types[index] === "user" ? address : null))
  return aChunk(addresses, { types, userids, ...changes })
}

/** No message names another app. */
export const NO_OTHERS: Pick<MessageDeliveryDeps, "runtimes" | "apps"> = {
  runtimes: { get: () => Promise.resolve(undefined) },
  apps: { get: () => Promise.resolve(undefined) },
}

export function deliveryOf(one: OneMessage): MessageDelivery {
  return new MessageDelivery(
    { ...one.deps, sharings: new CallSharings(), ...NO_OTHERS },
    one.runtime,
    one.claimed,
    one.slot,
  )
}

/** A message to these recipients, in one chunk or in several. */
export function messageTo(
  recipients: readonly (string | readonly string[])[],
  options: OneMessageOptions = {},
): OneMessage {
  const chunks = recipients.every((each) => typeof each === "string")
    ? [chunkOf(recipients)]
    : recipients.map((each, index) => chunkOf(typeof each === "string" ? [each] : each, { index }))
  return new OneMessage({ chunks, ...options })
}

/** Runs one turn to its end. At the end it has given back what it took of limits. */
export async function work(one: OneMessage): Promise<NextWake | undefined> {
  const next = await deliveryOf(one).work()
  await immediate()
  assert.equal(one.governor.held, 0, "what was taken of limits is not given back")
  const disposals = one.governor.reservations.map((reservation) => reservation.disposals)
  assert.ok(
    disposals.every((count) => count === 1),
    "what was reserved is given back twice",
  )
  return next
}

/** The names in each request, in the order of the requests. */
export function sentTo(one: OneMessage): string[] {
  return one.requests.map(namesIn)
}

/** The body of a call. */
export function bodyOf(request: ApiRequest | undefined): Record<string, unknown> {
  assert.ok(typeof request?.body === "string")
  return JSON.parse(request.body) as Record<string, unknown>
}

export function namesIn(request: ApiRequest): string {
  const { touser = "", toparty = "", totag = "" } = bodyOf(request)
  return [touser, toparty, totag].filter((names) => names !== "").join(" ")
}

export const statesOf = (one: OneMessage): string[] => one.outbox.chunksNow.flatMap(({ states }) => states)

/** More than one call can carry. */
export const MANY: readonly string[] = Array.from({ length: 1001 }, (_, n) => `m${n}`)
export const DEPARTMENTS: readonly string[] = Array.from({ length: 101 }, (_, n) => `department:${n}`)
