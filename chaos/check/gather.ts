import { mustAnswer } from "../lib/http.ts"
import { CHAT_PATH, FRAME_PATH, LOOKUP_PATH, RECALL_PATH, ROBOT_PATH, SEND_PATH } from "./evidence.ts"
import type { LedgerCall, ToldMessage, ToldRecipient } from "./evidence.ts"

interface CallView {
  readonly seq: number
  readonly at: string
  readonly path: string
  readonly query: { readonly exchange?: string }
  readonly body: unknown
  readonly sha256: string
  readonly errcode: number | null
  readonly answer: { readonly msgid?: string } | null
  readonly shown: readonly string[]
  readonly suppressed: readonly string[]
  readonly dropped: readonly string[]
}

/** All calls that the simulator saw, without their bytes. */
export async function gatherCalls(simulatorUrl: string): Promise<LedgerCall[]> {
  const url = `${simulatorUrl}/_sim/calls`
  const { calls } = await mustAnswer<{ calls: readonly CallView[] }>({ url, timeoutMs: 300_000 })
  return calls.map(({ body, at, seq, path, query, sha256, errcode, answer, shown, suppressed, dropped }) => ({
    seq,
    at: Date.parse(at),
    path,
    sha256,
    errcode,
    shown,
    suppressed,
    dropped,
    ...aboutExchange(query),
    ...(path === SEND_PATH && { ...aboutSend(body), ...(answer?.msgid !== undefined && { msgid: answer.msgid }) }),
    ...(path === RECALL_PATH && { msgid: (body as { msgid?: string } | null)?.msgid ?? "" }),
    ...((path === CHAT_PATH || path === ROBOT_PATH) && aboutMessage(body)),
    ...(path === FRAME_PATH && { ...aboutMessage((body as { body?: unknown } | null)?.body), exchange: sha256 }),
    ...(path === LOOKUP_PATH && { mobile: (body as { mobile?: string } | null)?.mobile ?? "" }),
  }))
}

function aboutExchange({ exchange }: CallView["query"]): Pick<LedgerCall, "exchange" | "node"> {
  return exchange === undefined ? {} : { exchange, node: Number.parseInt(exchange, 10) }
}

function aboutSend(body: unknown): Pick<LedgerCall, "topic" | "agentId" | "userCount" | "isChecked"> {
  const request = body as {
    agentid?: number
    touser?: string
    text?: { content?: string }
    enable_duplicate_check?: number
  } | null
  return {
    topic: topicOf(request?.text?.content ?? ""),
    agentId: request?.agentid ?? 0,
    userCount: (request?.touser ?? "").split("|").filter((user) => user !== "").length,
    isChecked: request?.enable_duplicate_check === 1,
  }
}

/** For a message that names one target, or none. A smart robot's texts go out as markdown. */
function aboutMessage(body: unknown): Pick<LedgerCall, "topic" | "target"> {
  const message = body as { chatid?: string; text?: Content; markdown?: Content } | null | undefined
  return {
    topic: topicOf((message?.text ?? message?.markdown)?.content ?? ""),
    ...(message?.chatid !== undefined && { target: message.chatid }),
  }
}

interface Content {
  readonly content?: string
}

/** The first word of the text. */
export function topicOf(content: string): string {
  return content.split(" ", 1)[0] ?? ""
}

export interface GatewayAccess {
  readonly url: string
  readonly key: string
}

/** All messages that the gateway knows, with all their recipients. */
export async function gatherTold(gateway: GatewayAccess): Promise<Map<string, ToldMessage>> {
  const told = new Map<string, ToldMessage>()
  for await (const { id, state, order_key } of pages<MessageView>(gateway, "/v1/messages?limit=1000")) {
    const recipients = await Array.fromAsync(pages<ToldRecipient>(gateway, `/v1/messages/${id}/recipients?limit=1000`))
    const inDoubtSince = order_key === null ? undefined : await firstDoubt(gateway, id)
    told.set(id, { id, state, recipients, ...(inDoubtSince !== undefined && { inDoubtSince }) })
  }
  return told
}

async function firstDoubt(gateway: GatewayAccess, id: string): Promise<number | undefined> {
  const attempts = await Array.fromAsync(pages<AttemptView>(gateway, `/v1/messages/${id}/attempts?limit=1000`))
  const inDoubt = attempts.filter(({ result }) => result === "in_doubt")
  return inDoubt.length === 0 ? undefined : Math.min(...inDoubt.map(({ started_at }) => Date.parse(started_at)))
}

interface MessageView {
  readonly id: string
  readonly state: string
  readonly order_key: string | null
}

interface AttemptView {
  readonly started_at: string
  readonly result: string | null
}

async function* pages<T>({ url, key }: GatewayAccess, path: string): AsyncGenerator<T> {
  let cursor = ""
  do {
    const { items, next_cursor } = await mustAnswer<{ items: readonly T[]; next_cursor: string | null }>({
      url: `${url}${path}${cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`}`,
      headers: { authorization: `Bearer ${key}` },
      timeoutMs: 60_000,
    })
    yield* items
    cursor = next_cursor ?? ""
  } while (cursor !== "")
}
