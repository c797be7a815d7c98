import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import type { RecipientState } from "@wecom-push/protocol/delivery"
import { agentParty } from "../../model/party.ts"
import type { Message } from "../../model/message.ts"
import type {
  AcceptRequest,
  ClaimedMessage,
  FrozenCall,
  NewCall,
  OutboxStore,
  RecipientUpdate,
  Settlement,
  StartedCall,
} from "../../model/ports/outbox.ts"
import type { NewKey } from "../../model/ports/keys.ts"
import type { NewSource } from "../../model/ports/sources.ts"
import type { MessageReader } from "../../model/ports/reader.ts"
import type { RecipientChunk } from "../../model/recipients.ts"
import type { LocalOutbox } from "../../model/ports/stores.ts"

/** Bounds that no trail reaches. */
export const WHOLE_TRAIL = { auditBefore: 0, auditEntries: Infinity }

/** 2026-11-25, noon in Beijing. */
export const NOON = Date.UTC(2026, 10, 25, 4)
export const HOUR_MS = 3_600_000

/** A key of which only the id matters. */
export function aKey(id: string): NewKey {
  const hash = createHash("sha256").update(id).digest("hex")
  const rights = { scopes: ["send"], apps: "all", audienceCap: undefined, overflow: undefined, forward: [] } as const
  return { id, client: id, name: id, prefix: "wp_", hash, ...rights, createdAt: NOON }
}

function aMessage(changes: Partial<Message> = {}): Message {
  const acceptedAt = changes.acceptedAt ?? NOON
  return {
    id: "msg_1",
    app: "alerts",
    keyId: "key_1",
    msgtype: "text",
    parts: ['{"msgtype":"text","text":{"content":"磁盘 91%"}}'],
    priority: "normal",
    acceptedAt,
    sendAt: acceptedAt,
    expiresAt: acceptedAt + 24 * HOUR_MS,
    duplicateCheck: { by: "gateway" },
    recipientCount: 1,
    ...changes,
  }
}

export function aChunk(addresses: readonly string[], changes: Partial<RecipientChunk> = {}): RecipientChunk {
  return {
    index: 0,
    types: addresses.map(() => "mobile"),
    addresses: [...addresses],
    states: addresses.map(() => "pending"),
    userids: addresses.map(() => null),
    calls: addresses.map(() => null),
    details: {},
    ...changes,
  }
}

/** Chunks of three; the last may be shorter. */
export function chunksOf(addresses: readonly string[]): RecipientChunk[] {
  const chunks: RecipientChunk[] = []
  for (let from = 0; from < addresses.length; from += 3) {
    chunks.push(aChunk(addresses.slice(from, from + 3), { index: chunks.length }))
  }
  return chunks
}

export interface AcceptanceChanges extends Partial<Message> {
  readonly to?: readonly string[]
  readonly chunks?: Iterable<RecipientChunk>
  readonly idempotency?: AcceptRequest["idempotency"]
}

export function aRequest({
  to = ["13800000001"],
  chunks,
  idempotency,
  ...message
}: AcceptanceChanges = {}): AcceptRequest {
  return {
    message: aMessage({ recipientCount: to.length, ...message }),
    chunks: chunks ?? [aChunk(to)],
    ...(idempotency !== undefined && { idempotency }),
  }
}

export async function acceptAll(
  outbox: Pick<OutboxStore, "accept">,
  ids: readonly string[],
  changes: AcceptanceChanges = {},
): Promise<void> {
  for (const id of ids) await outbox.accept(aRequest({ ...changes, id }))
}

/** Claims all due messages of an app, of any priority. */
export async function claimDue(
  outbox: LocalOutbox,
  { now = NOON, limit = 100, leaseMs = HOUR_MS, app = "alerts" } = {},
): Promise<readonly ClaimedMessage[]> {
  const claimed: ClaimedMessage[] = []
  for (const priority of ["high", "normal", "bulk"] as const) {
    claimed.push(...(await outbox.claim({ now, limit: limit - claimed.length, leaseMs, app, priority })))
  }
  return claimed
}

/** Claims the one message that is due. */
/** How many messages are unfinished, of all apps. */
export async function unfinishedIn(reader: Pick<MessageReader, "unfinished">): Promise<number> {
  return (await reader.unfinished()).reduce((sum, { count }) => sum + count, 0)
}

export async function claimOne(outbox: LocalOutbox, now = NOON): Promise<ClaimedMessage> {
  const [claimed, ...others] = await claimDue(outbox, { now })
  assert.ok(claimed !== undefined, "none is due")
  assert.equal(others.length, 0, "several are due")
  return claimed
}

export function idsOf(messages: readonly { readonly messageId: string }[]): string[] {
  return messages.map(({ messageId }) => messageId)
}

/** The only call of a message that is not final. */
export async function openCall(outbox: Pick<OutboxStore, "openCalls">, messageId = "msg_1"): Promise<FrozenCall> {
  const [call, ...others] = await outbox.openCalls(messageId)
  assert.deepEqual(others, [])
  assert.ok(call !== undefined)
  return call
}

/** The agent of all calls, unless given. */
export const AGENT = { corpId: "ww0000000000000001", agentId: 1_000_002 }
/** Its party. */
export const PARTY = agentParty(AGENT)

export function aCall(changes: Partial<NewCall> = {}): NewCall {
  return {
    kind: "app_message",
    party: PARTY,
    part: 0,
    body: '{"touser":"zhangsan"}',
    checkSeconds: 14_400,
    positions: [0],
    ...changes,
  }
}

/** Begins a call of a claimed message, by default its first. */
export async function begin(
  outbox: Pick<OutboxStore, "begin">,
  { messageId, claim }: ClaimedMessage,
  { number = 1, at = NOON, call = aCall() }: { number?: number; at?: number; call?: NewCall | "again" } = {},
): Promise<StartedCall> {
  const start = { messageId, claim, number, startedAt: at }
  const [started] = await outbox.begin([call === "again" ? start : { ...start, frozen: call }])
  assert.ok(started !== undefined, "the call was left out")
  return started
}

export function updateOf(state: RecipientState, changes: Partial<RecipientUpdate> = {}): RecipientUpdate {
  return { chunk: 0, slots: [0], from: ["pending"], state, ...changes }
}

export function accepted({ messageId, number, attempt }: StartedCall, changes: Partial<Settlement> = {}): Settlement {
  return {
    messageId,
    number,
    attempt,
    finishedAt: NOON + 100,
    result: "accepted",
    errcode: 0,
    errmsg: "ok",
    msgid: "wecom-msgid",
    final: true,
    spent: true,
    updates: [updateOf("sent", { call: number, userids: ["zhangsan"] })],
    ...changes,
  }
}

/** WeCom is busy: to be repeated. */
export function busy(started: StartedCall, changes: Partial<Settlement> = {}): Settlement {
  const { messageId, number, attempt } = started
  return {
    messageId,
    number,
    attempt,
    finishedAt: NOON + 100,
    result: "refused",
    errcode: -1,
    errmsg: "system busy",
    final: false,
    spent: true,
    updates: [],
    ...changes,
  }
}

/** Another one has another `id` and `hash`. */
export const aSource: NewSource = {
  id: "src_1",
  name: "Prometheus",
  adapter: "text",
  app: "alerts",
  to: { users: ["lisi"] },
  priority: "normal",
  template: undefined,
  prefix: "wps_abcd",
  hash: "ab".repeat(32),
  signingSecret: undefined,
  createdAt: NOON,
}
