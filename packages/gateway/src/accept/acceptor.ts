import type { Bilingual, Fault, MobileCheck } from "@wecom-push/protocol"
import { APP_MESSAGE, SMART_ROBOT } from "@wecom-push/protocol/delivery"
import type { CallKind, MessageState } from "@wecom-push/protocol/delivery"
import { DEFAULT_LIFETIME_MS } from "../model/message.ts"
import type { Lifetime, Message } from "../model/message.ts"
import { newId } from "./new-id.ts"
import { coversApps } from "../model/ports/covers-apps.ts"
import type { KeyRecord } from "../model/ports/keys.ts"
import type { MediaStore } from "../model/ports/media.ts"
import type { Span, Tracing } from "../model/ports/tracing.ts"
import type {
  AcceptRequest,
  AcceptResult,
  EarlierResult,
  IdempotencyRecord,
  OutboxStore,
} from "../model/ports/outbox.ts"
import type { JumpAwareClock } from "../model/jump-aware-clock.ts"
import { isLarge } from "../model/large-text.ts"
import { Semaphore } from "../model/semaphore.ts"
import { codeOf, StorageError } from "../model/storage-error.ts"
import type { Trace } from "../model/trace.ts"
import { heldApp } from "./app-directory.ts"
import { faultsOfKind } from "./check-kind.ts"
import type { AppDirectory } from "./app-directory.ts"
import type { StockCheck } from "./stock-check.ts"
import { refuse } from "./issues.ts"
import { faultsOfMedia } from "./media-named.ts"
import type { PreparedMessage } from "./prepare.ts"
import { Problem } from "../problems/problem.ts"
import type { ProblemError } from "../problems/problem.ts"
import { byLength } from "./recipients.ts"

/** The key of a message, which decides what the message may do. */
export type Sender = Pick<KeyRecord, "id" | "client" | "scopes" | "apps" | "audienceCap">

export interface Accepted {
  readonly id: string
  readonly state: MessageState
  readonly recipientCount: number
  /** The warnings for this request. A repeat gets the same ones, because its request is the same. */
  readonly warnings: readonly Fault[]
  /** True if the key was used before for the same request: the answer is the one that the first request got. */
  readonly replayed: boolean
}

export interface AcceptorDeps {
  readonly outbox: Pick<OutboxStore, "accept" | "earlier">
  readonly media: Pick<MediaStore, "find">
  readonly apps: AppDirectory
  readonly backlog: Pick<StockCheck, "pass">
  readonly clock: Pick<JumpAwareClock, "now" | "setByMs" | "trustedTime" | "trustedReading">
  readonly tracing: Tracing
  readonly onAccepted: (message: Message, malformedCount: number) => void
}

interface Checked {
  readonly request: AcceptRequest
  readonly malformedCount: number
}

/** All messages come in through this class, whatever the path. */
export class Acceptor {
  readonly #deps: AcceptorDeps
  readonly #largeTexts = new Semaphore()

  constructor(deps: AcceptorDeps) {
    this.#deps = deps
  }

  /**
   * Resolves once the message is on the disk.
   * @param trace of the request
   * @throws {Problem} as `admit` and what it answers do
   */
  async accept(prepared: PreparedMessage, sender: Sender, now: number, trace: Trace | undefined): Promise<Accepted> {
    const store = await this.admit(prepared, sender, now, trace)
    return store()
  }

  /**
   * Checks rights and room. The function that it returns stores the message, and resolves once it is on the disk; a caller
   * with several calls these one after another before it waits for any, so that they share a commit.
   * @throws {Problem} `insufficient_scope`, `not_found` for an app the key does not hold, `invalid_value`,
   * `backlog_full`, `share_used`; later `unauthorized` of a key that is revoked by then, `idempotency_key_reused`, `storage_full`,
   * `storage_error`, `storage_busy`, `shutting_down`
   */
  async admit(
    prepared: PreparedMessage,
    sender: Sender,
    now: number,
    trace: Trace | undefined,
  ): Promise<() => Promise<Accepted>> {
    const facts = {
      "wecom_push.msgtype": prepared.msgtype,
      "wecom_push.priority": prepared.priority,
      "wecom_push.recipients": prepared.recipientCount,
    }
    const span = this.#deps.tracing.begin("accept message", prepared.trace ?? trace, facts)
    try {
      const store = await this.#admit(prepared, sender, now, span.trace)
      return () => ending(span, store)
    } catch (error) {
      using _ = span
      noteRefusal(span, error)
      throw error
    }
  }

  async #admit(
    prepared: PreparedMessage,
    sender: Sender,
    now: number,
    trace: Trace | undefined,
  ): Promise<() => Promise<Accepted>> {
    try {
      const { request, malformedCount } = await this.#request(prepared, sender, { now, trace })
      return () => this.#store(request, { malformedCount, warnings: prepared.warnings })
    } catch (error) {
      // The search for an earlier request would wait for the same database as long once more.
      if (error instanceof StorageError) throw error
      // The repeat of an accepted request gets its first answer, whatever has changed since.
      const earlier = await this.#earlier(prepared, sender, now)
      if (earlier === undefined) throw error
      return () => Promise.resolve(earlier)
    }
  }

  async #request(
    prepared: PreparedMessage,
    sender: Sender,
    { now, trace }: { readonly now: number; readonly trace: Trace | undefined },
  ): Promise<Checked> {
    const app = await this.check(prepared, sender)
    const look = this.#deps.backlog.pass({ key: sender.id, app }, now)
    if (look !== undefined) await look
    const { idempotency, impossibleCount, malformedCount } = prepared
    const isByLength = impossibleCount > 0 && (await this.#mobileCheck(prepared, app)) === "length"
    const chunks = isByLength ? byLength(prepared.chunks) : prepared.chunks
    // Read together: the clock may have been set since the request came.
    const { clock } = this.#deps
    const read = { now: clock.now(), clockSetMs: clock.setByMs }
    const message = newMessage(prepared, app, sender, { ...read, trace })
    return {
      request: {
        message,
        chunks,
        ...(idempotency !== undefined && { idempotency: this.#recordOf(idempotency, sender, now) }),
      },
      malformedCount: isByLength ? malformedCount - impossibleCount : malformedCount,
    }
  }

  /**
   * All that is checked of a message before there has to be room for it.
   * @returns the app that sends it
   * @throws {Problem} as `admit` does
   */
  async check(prepared: PreparedMessage, sender: Sender): Promise<string> {
    const names = this.#deps.apps.names()
    const { staleness, appPath: path } = prepared
    const asked = { path, beside: staleness }
    const app = heldApp(sender, prepared.app, names instanceof Promise ? await names : names, asked)
    const callKind = this.#deps.apps.callKind(app)
    const kind = callKind instanceof Promise ? await callKind : callKind
    if (prepared.namesEverybody && !sender.scopes.includes("send_all")) throw insufficientScope(["send_all"])
    const errors: ProblemError[] = []
    if (kind !== undefined) {
      const looksUp = kind.looksUp || (prepared.namesAddresses && (await this.#deps.apps.looksUp(app)))
      errors.push(...faultsOfKind(prepared, kind, looksUp))
    }
    errors.push(...faultsOfAudience(prepared, sender))
    const { otherwise } = prepared
    if (otherwise !== undefined) errors.push(...(await this.#faultsOfOtherwise(otherwise.app, { app, kind, sender })))
    if (prepared.media.length > 0) errors.push(...(await this.#faultsOfMedia(prepared, app)))
    errors.push(...staleness)
    if (errors.length > 0) throw refuse(errors)
    if (prepared.namesChats && !(await this.#deps.apps.allKnowChats())) throw olderGateways()
    return app
  }

  async #faultsOfOtherwise(other: string, { app, kind, sender }: Beside): Promise<readonly ProblemError[]> {
    const { apps } = this.#deps
    if (kind !== undefined && kind !== SMART_ROBOT) return [elseOf("not_supported", NO_ROBOT)]
    if (other === app) return [elseOf("not_allowed", ITSELF)]
    const isHeld = coversApps(sender.apps, [other]) && (await apps.names()).has(other)
    if (!isHeld) return [elseOf("unknown_app", NOT_HELD)]
    if ((await apps.callKind(other)) !== APP_MESSAGE) return [elseOf("not_supported", OTHER_KIND)]
    return []
  }

  async #mobileCheck({ mobileCheck }: PreparedMessage, app: string): Promise<MobileCheck> {
    return mobileCheck ?? this.#deps.apps.mobileCheck(app)
  }

  async #store(
    request: AcceptRequest,
    { malformedCount, warnings }: Pick<PreparedMessage, "malformedCount" | "warnings">,
  ): Promise<Accepted> {
    // oxlint-disable-next-line promise/prefer-await-to-then -- a try around the hot path's one wait would read worse
    const result = await this.#acceptInTurn(request).catch(refuseForStorage)
    if (result.kind === "key_revoked") throw new Problem("unauthorized")
    if (result.kind !== "accepted") return replay(result, warnings)
    const { message } = request
    this.#deps.onAccepted(message, malformedCount)
    return { id: message.id, state: result.state, recipientCount: message.recipientCount, warnings, replayed: false }
  }

  /**
   * Two messages with megabytes of text never share a commit. A message with an order key waits for the large ones before
   * it, so that its lane keeps its order.
   */
  #acceptInTurn(request: AcceptRequest): Promise<AcceptResult> {
    const { parts, orderKey } = request.message
    const waits = isLarge(parts) || (orderKey !== undefined && !this.#largeTexts.isIdle)
    return waits ? this.#acceptAlone(request) : this.#deps.outbox.accept(request)
  }

  async #acceptAlone(request: AcceptRequest): Promise<AcceptResult> {
    using _alone = await this.#largeTexts.take()
    return await this.#deps.outbox.accept(request)
  }

  async #earlier(
    { idempotency, warnings }: PreparedMessage,
    sender: Sender,
    now: number,
  ): Promise<Accepted | undefined> {
    if (idempotency === undefined) return undefined
    const record = this.#recordOf(idempotency, sender, now)
    const result = await this.#deps.outbox.earlier(record, record.freeBy)
    return result === undefined ? undefined : replay(result, warnings)
  }

  /** While a clock that was set is not trusted yet, no key is freed and none ends early. */
  #recordOf(
    { lifetimeMs, ...use }: NonNullable<PreparedMessage["idempotency"]>,
    { client }: Sender,
    now: number,
  ): IdempotencyRecord & { readonly freeBy: number } {
    const { clock } = this.#deps
    const expiresAt = Math.max(now, clock.trustedReading()) + lifetimeMs
    return { ...use, client, expiresAt, freeBy: clock.trustedTime() }
  }

  /** Files that the app may send, but the app of `else` may not, are faults too; each file is one fault. */
  async #faultsOfMedia({ media, otherwise }: PreparedMessage, app: string): Promise<readonly ProblemError[]> {
    const ids = media.map(({ id }) => id)
    for (const one of otherwise === undefined ? [app] : [app, otherwise.app]) {
      const faults = faultsOfMedia(media, await this.#deps.media.find(ids, [one]))
      if (faults.length > 0) return faults
    }
    return []
  }
}

async function ending(span: Span, store: () => Promise<Accepted>): Promise<Accepted> {
  using _ = span
  try {
    const accepted = await store()
    span.note({ "wecom_push.message": accepted.id, ...(accepted.replayed && { "wecom_push.replayed": true }) })
    return accepted
  } catch (error) {
    noteRefusal(span, error)
    throw error
  }
}

/** A refusal that the caller can correct is no failure of ours. */
function noteRefusal(span: Span, error: unknown): void {
  if (!(error instanceof Problem)) return span.fail(codeOf(error))
  span.note({ "wecom_push.result": error.code })
  if (error.status >= 500) span.fail(error.code)
}

/** @throws {Problem} `idempotency_key_reused` */
function replay(result: EarlierResult, warnings: readonly Fault[]): Accepted {
  if (result.kind === "key_reused") throw new Problem("idempotency_key_reused")
  const { messageId, state, recipientCount } = result
  return { id: messageId, state, recipientCount, warnings, replayed: true }
}

function newMessage(
  prepared: PreparedMessage,
  app: string,
  sender: Sender,
  { now, clockSetMs, trace }: { readonly now: number; readonly clockSetMs: number; readonly trace: Trace | undefined },
): Message {
  const sendAt = Math.max(now, prepared.sendAt ?? now)
  const { expiresAt } = prepared
  const lifetime: Lifetime =
    expiresAt === undefined
      ? { expiresAt: sendAt + DEFAULT_LIFETIME_MS, clockSetMs, expiryMoves: true }
      : { expiresAt, clockSetMs }
  return {
    id: newId("msg_"),
    app,
    keyId: sender.id,
    msgtype: prepared.msgtype,
    parts: prepared.parts,
    priority: prepared.priority,
    acceptedAt: now,
    sendAt,
    ...lifetime,
    duplicateCheck: prepared.duplicateCheck,
    recipientCount: prepared.recipientCount,
    ...(prepared.media.length === 0 ? {} : { media: [...new Set(prepared.media.map(({ id }) => id))] }),
    ...(prepared.orderKey === undefined ? {} : { orderKey: prepared.orderKey }),
    ...(prepared.warnings.length === 0 ? {} : { warnings: prepared.warnings }),
    ...(trace === undefined ? {} : { trace }),
    ...(prepared.otherwise === undefined ? {} : { otherwise: prepared.otherwise }),
  }
}

interface Beside {
  readonly app: string
  readonly kind: CallKind | undefined
  readonly sender: Sender
}

const NO_ROBOT: Bilingual = {
  en: "Only messages of smart robots take else, for members with whom the robot has no conversation; remove it.",
  zh: "只有智能机器人的消息可以用 else（改发给没有会话的成员），请去掉。",
}
const ITSELF: Bilingual = {
  en: "else names the app of the message itself; name another, an app of a corp.",
  zh: "else 与消息的应用相同，请改为另一个企业应用。",
}
const NOT_HELD: Bilingual = {
  en: "The key holds no app of the name in else; it must hold both.",
  zh: "密钥不包含 else 所指的应用；两个应用都必须在密钥的范围内。",
}
const OTHER_KIND: Bilingual = {
  en: "else must name an app of a corp; this one is a robot.",
  zh: "else 须为企业应用，而它是机器人。",
}

function elseOf(code: string, detail: Bilingual): ProblemError {
  return { path: "/else", code, detail }
}

function faultsOfAudience(prepared: PreparedMessage, { audienceCap }: Sender): readonly ProblemError[] {
  const { namesEverybody, namesGroups, namesChats, recipientCount } = prepared
  if (audienceCap === undefined) return []
  if (recipientCount > audienceCap) return [overCap(recipientCount, audienceCap)]
  return namesEverybody || namesGroups || namesChats ? [uncountable(audienceCap)] : []
}

/** @param scopes any one of them would be enough */
export function insufficientScope(scopes: readonly string[]): Problem {
  return new Problem("insufficient_scope", {
    detail: {
      en: `This needs a key with scope ${scopes.join(" or ")}.`,
      zh: `此操作需要具备 ${scopes.join(" 或 ")} 权限的密钥。`,
    },
  })
}

function overCap(actual: number, cap: number): ProblemError {
  const detail = {
    en: `/to names ${actual} recipients; this key may reach ${cap} with one message.`,
    zh: `/to 有 ${actual} 个接收人；此密钥每条消息最多发给 ${cap} 个。`,
  }
  return { path: "/to", code: "too_many", detail }
}

function uncountable(cap: number): ProblemError {
  const detail = {
    en: `This key may reach ${cap} people with one message, and who is in departments, tags, chats or all cannot be counted; name people.`,
    zh: `此密钥每条消息最多发给 ${cap} 人，而部门、标签、群聊和 all 的人数无法核对，请直接指定人员。`,
  }
  return { path: "/to", code: "not_allowed", detail }
}

function olderGateways(): Problem {
  return new Problem("older_gateways", {
    detail: {
      en: "It would not know how to send to group chats. Replace the older gateways, then send the message again.",
      zh: "旧版本不会向群聊发送消息。请先升级全部网关，再重新发送。",
    },
  })
}

/** @throws {Problem} the answer to a client when the store could not keep a change; any other error as it is */
export function refuseForStorage(error: unknown): never {
  if (!(error instanceof StorageError)) throw error
  const code = error.code === "storage_closed" ? "shutting_down" : error.code
  const { detail, retryAfterSeconds } = error
  throw new Problem(code, { retryAfterSeconds, cause: error, ...(detail !== undefined && { detail }) })
}
