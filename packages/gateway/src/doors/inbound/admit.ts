import { hash } from "node:crypto"
import { describeFault } from "@wecom-push/protocol"
import type { Accepted, Acceptor, Sender } from "../../accept/acceptor.ts"
import { fingerprint } from "../../accept/canonical.ts"
import { refuse } from "../../accept/issues.ts"
import { mayContainBadText, refuseBadText } from "../../accept/json-faults.ts"
import type { AppDirectory } from "../../accept/app-directory.ts"
import { hasOwnGroup, prepareMessage } from "../../accept/prepare.ts"
import type { KindsOfApps, PreparedMessage } from "../../accept/prepare.ts"
import { languageOf } from "../kit/language.ts"
import type { SourceRecord } from "../../model/ports/sources.ts"
import type { Trace } from "../../model/trace.ts"
import { Problem } from "../../problems/problem.ts"
import type { Reading } from "./adapter.ts"
import { readAddresses } from "./addresses.ts"
import { senderOf } from "./caller.ts"
import type { Caller } from "./caller.ts"
import type { InboundCall } from "./inbound-call.ts"

export interface AdmitOptions {
  readonly acceptor: Acceptor
  readonly apps: Pick<AppDirectory, "kindsFor" | "names">
  readonly now: number
  readonly trace: Trace | undefined
}

/**
 * Accepts what an adapter has read, as durably as `/v1/messages` does.
 * @throws {Problem} as the acceptor does; `invalid_value` if there is no recipient; `not_found` if the source's app was removed
 */
export async function admit(
  reading: Reading,
  call: InboundCall,
  caller: Caller,
  { acceptor, apps, now, trace }: AdmitOptions,
): Promise<Accepted> {
  return tellingRemoval(caller, apps, async () => {
    const { written, sender, prepared } = await prepare(reading, call, caller, { apps, now })
    const idempotency = joining(written, reading.delivery)
    return acceptor.accept({ ...prepared, idempotency }, sender, now, trace)
  })
}

/** The message that would be accepted. @throws {Problem} as `admit` does, but not for want of room */
export async function draft(
  reading: Reading,
  call: InboundCall,
  caller: Caller,
  { acceptor, apps, now }: Pick<AdmitOptions, "acceptor" | "apps" | "now">,
): Promise<object> {
  const { body, prepared } = await tellingRemoval(caller, apps, async () => {
    const made = await prepare(reading, call, caller, { apps, now })
    // Files of the request are not kept.
    await acceptor.check({ ...made.prepared, media: [] }, made.sender)
    return made
  })
  // The token's holder can send to the audience, but need not know who is in it.
  const { to: _, ...message } = body
  const language = languageOf(call.header("accept-language"))
  const warnings = (reading.warnings ?? []).map((warning) => warning[language])
  const cut = prepared.warnings.map((fault) => describeFault(fault, language))
  return { dry_run: true, recipients: prepared.recipientCount, message, warnings: [...warnings, ...cut] }
}

/** A refusal says that the app of the source was removed, where it was. */
async function tellingRemoval<T>(caller: Caller, apps: AdmitOptions["apps"], work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    // Checked only here, because the repeat of an accepted request gets its first answer after the removal too. Where the
    // store does not answer, it is not known whether this is such a repeat.
    const isRefused = error instanceof Problem && error.status < 500
    const isRemoved = caller.kind === "source" && isRefused && !(await apps.names()).has(caller.source.app)
    throw isRemoved ? appRemoved(caller.source, error) : error
  }
}

interface Prepared {
  readonly body: Readonly<Record<string, unknown>>
  /** The same as JSON. Equal requests give equal JSON, because adapters write their fields in one order. */
  readonly written: string
  readonly sender: Sender
  readonly prepared: PreparedMessage
}

async function prepare(
  reading: Reading,
  call: InboundCall,
  caller: Caller,
  { apps, now }: Pick<AdmitOptions, "apps" | "now">,
): Promise<Prepared> {
  const kinds = await apps.kindsFor(senderOf(caller))
  const { sender, app, to, priority } = ticketOf(call, caller, kinds)
  const body = {
    ...reading.content,
    ...(app === undefined ? {} : { app }),
    ...(to === undefined ? {} : { to: withOthers(to, reading.also) }),
    priority: reading.priority ?? priority,
    ...(reading.sendAt === undefined ? {} : { send_at: reading.sendAt }),
    overflow: reading.overflow,
    strict: false,
  }
  const written = JSON.stringify(body)
  if (mayContainBadText(written)) refuseBadText(body, [])
  const prepared = await prepareMessage(body, { now, idempotencyKey: undefined, inBatch: false, kinds })
  const appPath = caller.kind === "key" ? "app" : undefined
  return { body, written, sender, prepared: { ...prepared, appPath } }
}

type Audience = Readonly<Record<string, unknown>>

interface Ticket {
  readonly sender: Sender
  readonly app: string | undefined
  /** Undefined for an app that sends to a group of its own. */
  readonly to: Audience | undefined
  readonly priority: string
}

function ticketOf({ query }: InboundCall, caller: Caller, kinds: KindsOfApps | undefined): Ticket {
  const sender = senderOf(caller)
  if (caller.kind === "source") {
    const { app, to: audience, priority } = caller.source
    if (query.has("to")) throw audienceOfSource()
    return { sender, app, to: hasOwnGroup(app, kinds) ? undefined : audience, priority }
  }
  const app = query.get("app") ?? undefined
  if (!query.has("to") && hasOwnGroup(app, kinds)) return { sender, app, to: undefined, priority: "normal" }
  const to = readAddresses(query.getAll("to"))
  if (to.users.length + to.mobiles.length + to.emails.length === 0) throw toMissing()
  const named = Object.fromEntries(Object.entries(to).filter(([, list]) => list.length > 0))
  return { sender, app, to: named, priority: "normal" }
}

function toMissing(): Problem {
  const detail = {
    en: "The query names no recipient; a key needs ?to=13800000001,lisi with mobiles, emails or userids. A source's token has its own recipients.",
    zh: "查询参数没有指定接收人；使用密钥时请加 ?to=13800000001,lisi（手机号、邮箱或 userid）。来源的 token 自带接收人。",
  }
  return refuse([{ path: "to", code: "required", detail }])
}

function audienceOfSource(): Problem {
  const detail = {
    en: "The token is of a source, which has recipients of its own; leave to out of the query, or use a key.",
    zh: "该 token 属于来源，来源自带接收人；请去掉查询参数 to，或改用密钥。",
  }
  return refuse([{ path: "to", code: "not_allowed", detail }])
}

/** The other program cannot change the app: the text is for the administrator of the source. */
function appRemoved({ id, app }: SourceRecord, cause: unknown): Problem {
  const detail = {
    en: `The app ${app} of this source was removed; give the source another app with PATCH /v1/sources/${id} (app), or register ${app} again.`,
    zh: `该来源的应用 ${app} 已被删除；请用 PATCH /v1/sources/${id} 为来源指定其他应用（app），或重新登记 ${app}。`,
  }
  return new Problem("not_found", { detail, cause })
}

function withOthers(to: Audience, also: Reading["also"]): Audience {
  if (also === undefined || to["all"] === true) return to
  const joined: Record<string, unknown> = { ...to }
  for (const [list, more = []] of Object.entries(also)) {
    const before = Array.isArray(joined[list]) ? joined[list] : []
    const all = [...new Set<unknown>([...before, ...more])]
    if (all.length > 0) joined[list] = all
  }
  return joined
}

/**
 * A repeated delivery is the same message. If the delivery has no id, an equal request joins the first one while that is not
 * settled, because a program that gives up waiting sends the same request again. A key from a header never has a space.
 */
function joining(written: string, delivery: string | undefined): PreparedMessage["idempotency"] {
  if (delivery !== undefined) {
    const print = fingerprint(delivery)
    return { key: `delivery ${print}`, fingerprint: print, lifetimeMs: REPLAY_MS }
  }
  const print = hash("sha256", written, "hex")
  return { key: `join in ${print}`, fingerprint: print, isFreedByEnd: true, lifetimeMs: JOIN_MS }
}

const JOIN_MS = 60_000
const REPLAY_MS = 10 * 60_000
