import type { CardUpdateContent, CardUpdateTarget, MobileCheck } from "@wecom-push/protocol"
import { getAgent } from "./agent-info.ts"
import type { AgentInfo } from "./agent-info.ts"
import { Chats } from "./chats/chats.ts"
import { readOptions } from "./client-options.ts"
import type { WeComOptions } from "./client-options.ts"
import { departments, members, tag, tags } from "./contacts/contacts.ts"
import type { Department, Member, MembersOptions, Tag, TagMembers } from "./contacts/contacts.ts"
import { createApi } from "./create-api.ts"
import { invalidInputError } from "./invalid-input.ts"
import type { SendResult } from "./wecom-error.ts"
import { lookupKeys } from "./people/lookup-key.ts"
import type { LookupResult } from "./people/lookup-outcome.ts"
import { Media } from "./media/media.ts"
import { tolerantMediaStore } from "./media/tolerant-media-store.ts"
import { Uploader } from "./media/uploader.ts"
import { CALL_OPTIONS, refuseOptions } from "./option-faults.ts"
import type { OptionNames } from "./option-faults.ts"
import { People } from "./people/people.ts"
import type { PaceWait } from "./people/pace.ts"
import { checkAddresses, mobileCheckFault } from "./people/question.ts"
import type { Address, EmailType } from "./people/question.ts"
import { tolerantLookupStore } from "./people/tolerant-lookup-store.ts"
import { quietly } from "./quietly.ts"
import { recallMessage } from "./recall.ts"
import type { Audience } from "./send/audience.ts"
import type { SendableMessage } from "./send/message-files.ts"
import { planMessage, sendMessage } from "./send/send.ts"
import type { SendDeps, SendOptions, SendPlan } from "./send/send.ts"
import { planForMany, sendToMany } from "./send/send-to-many.ts"
import type { ManyOptions } from "./send/send-to-many.ts"
import type { CallOptions } from "./simple-call.ts"
import { StoreLimit } from "./store-limit.ts"
import { updateTemplateCard } from "./update-card.ts"
import type { CardUpdateResult, PressedCard } from "./update-card.ts"
import { safeHooks } from "./wire/hooks.ts"

export interface LookUpOptions extends CallOptions {
  /** Asks WeCom even when a result is remembered. */
  readonly fresh?: boolean
  /** Which mailbox the addresses are: 1 the corp's own (企业邮箱, the default), 2 the personal one (个人邮箱). */
  readonly emailType?: EmailType
  /** Overrides the client's option for this call. */
  readonly mobileCheck?: MobileCheck
}

export interface BulkLookUpOptions extends LookUpOptions {
  /** How many milliseconds all look-ups together may take; unlimited unless given. */
  readonly totalTimeoutMs?: number
  /** Counts the addresses that are not remembered. Errors that it throws are dropped. */
  readonly onProgress?: (done: number, total: number) => void
  /** Called before each pause that keeps the pace of 9,000 a minute and 140,000 an hour. Errors that it throws are dropped. */
  readonly onWait?: (wait: PaceWait) => void
}

const LOOK_UP_OPTIONS: OptionNames<BulkLookUpOptions> = {
  ...CALL_OPTIONS,
  fresh: true,
  emailType: true,
  mobileCheck: true,
  totalTimeoutMs: true,
  onProgress: true,
  onWait: true,
}

/**
 * One app of one corp: finds its members, sends them messages, returns the result for each recipient.
 * @example
 * await using wecom = new WeCom({ corpId, secret, agentId })
 * const { recipients } = await wecom.send({ mobiles: ["13800000001"] }, text("你好"))
 */
export class WeCom implements AsyncDisposable {
  /** Uploads and downloads of the corp. */
  readonly media: Media
  /** Group chats that the app makes. */
  readonly chats: Chats
  readonly #deps: SendDeps
  readonly #closeTransport: () => Promise<void>

  /**
   * Makes no request to WeCom yet.
   * @throws {WeComError} `invalid_input` with every fault of the options
   */
  constructor(options: WeComOptions) {
    const settings = readOptions(options)
    const { corpId, secret, agentId, baseUrl, language, callTimeoutMs, sourceTimeoutMs } = settings
    const hooks = safeHooks(settings.hooks)
    const api = createApi({ ...settings })
    const store = tolerantLookupStore(settings.lookupStore, new StoreLimit(settings.storeTimeoutMs), (cause) =>
      hooks.onWarning({ warning: "lookup_store_failed", api: "user/getuserid", detail: codeOf(cause) }),
    )
    const keys = lookupKeys({ baseUrl, corpId, agentId, secret })
    const mediaStore = tolerantMediaStore(settings.mediaStore, new StoreLimit(settings.storeTimeoutMs), (cause) =>
      hooks.onWarning({ warning: "media_store_failed", api: "media/upload", detail: codeOf(cause) }),
    )
    const uploaderDeps = { api, language, callTimeoutMs, store: mediaStore, baseUrl, owner: corpId, sourceTimeoutMs }
    const uploader = new Uploader(uploaderDeps)
    this.media = new Media(uploaderDeps, uploader)
    this.#deps = {
      api,
      agentId,
      strict: settings.strict,
      language,
      callTimeoutMs,
      uploader,
      sourceTimeoutMs,
      people: new People({ ...settings, api, store, keys }),
      onUnknownIds: (ids) =>
        hooks.onWarning({ warning: "unknown_recipients", api: "message/send", detail: ids.slice(0, 20).join(", ") }),
    }
    this.chats = new Chats(this.#deps)
    this.#closeTransport = settings.ownsTransport ? () => settings.transport.close() : () => Promise.resolve()
  }

  /**
   * Sends one message to everybody named, in the fewest calls that WeCom allows. A recipient's own fault (a malformed
   * number, no member with that number, outside the visible range, no licence) fails that recipient only. `sent` means
   * that WeCom accepted it, not that it was read: WeCom drops what a member gets beyond 30 messages a minute or 1000 an
   * hour, without any sign.
   * A file in the message, in place of a `media_id`, is uploaded first, unless WeCom already has it; it is uploaded
   * once more if WeCom no longer takes its id (40007, 40145).
   * A card that takes several calls has `@2`, `@3` … added to its `task_id` from the second on, since WeCom takes each
   * `task_id` once.
   * Values that WeCom cuts, ignores or replaces by a default are refused. With `strict` off the message is sent and
   * `warnings` names them. Values that WeCom is not known to refuse, such as a field that it does not document, are
   * warnings in any case.
   * A call whose answer was lost is repeated only with `duplicateCheckSeconds`; else its recipients are `in_doubt`.
   * @throws {WeComError} `invalid_input` before any request, with every fault of audience, message and options. Any
   * other code when everybody failed and no recipient is to blame; `result` then has the result of each
   * @see https://developer.work.weixin.qq.com/document/path/90236
   */
  send(to: Audience, message: SendableMessage, options?: SendOptions & { readonly dryRun?: false }): Promise<SendResult>
  /** Looks people up and plans, uploads and sends nothing: returns the bodies of the calls that would be made. */
  send(to: Audience, message: SendableMessage, options: SendOptions & { readonly dryRun: true }): Promise<SendPlan>
  send(
    to: Audience,
    message: SendableMessage,
    options: SendOptions & { readonly dryRun?: boolean } = {},
  ): Promise<SendResult | SendPlan> {
    const send = options?.dryRun === true ? planMessage : sendMessage
    return send(this.#deps, to, message, options)
  }

  /**
   * `send` for lists that take minutes or hours, since WeCom takes 9,000 look-ups a minute and 140,000 an hour. People
   * get the message as they are found. After a 45009 it waits for the minute or hour for which WeCom is closed. With a
   * `journal` a run that was cut off can be repeated without a second copy for anybody. Makes as few calls as `send`.
   * @throws {WeComError} as `send`
   */
  sendToMany(
    to: Audience,
    message: SendableMessage,
    options?: ManyOptions & { readonly dryRun?: false },
  ): Promise<SendResult>
  /** Looks people up with the same waits; uploads and sends nothing. */
  sendToMany(
    to: Audience,
    message: SendableMessage,
    options: ManyOptions & { readonly dryRun: true },
  ): Promise<SendPlan>
  sendToMany(
    to: Audience,
    message: SendableMessage,
    options: ManyOptions & { readonly dryRun?: boolean } = {},
  ): Promise<SendResult | SendPlan> {
    const send = options?.dryRun === true ? planForMany : sendToMany
    return send(this.#deps, to, message, options)
  }

  /**
   * Finds userids, with at most 20 look-ups at a time and as many a minute as WeCom allows. Each address has a result
   * of its own; after the first 45009 the rest is not looked up.
   * @throws {WeComError} `invalid_input` for what is not a list of addresses; every other failure is in the result
   * @see https://developer.work.weixin.qq.com/document/path/95402
   */
  async lookUp(addresses: readonly Address[], options: BulkLookUpOptions = {}): Promise<LookupResult> {
    const { api, people, language } = this.#deps
    refuseOptions(options, LOOK_UP_OPTIONS, language)
    const { totalTimeoutMs = Infinity, onProgress, onWait, ...findOptions } = options
    const faults = [...checkAddresses(addresses), mobileCheckFault(options.mobileCheck)].filter(
      (fault) => fault !== undefined,
    )
    if (faults.length > 0) throw invalidInputError(faults, language)
    return people.find(addresses, {
      ...findOptions,
      deadline: api.clock.now() + totalTimeoutMs,
      ...(onProgress && {
        onProgress: (done: number, total: number) => quietly(() => onProgress(done, total)),
      }),
      ...(onWait && { onWait: (wait: PaceWait) => quietly(() => onWait(wait)) }),
    })
  }

  /**
   * @returns undefined when no member has the number, or the app may not see the member: WeCom does not say which
   * @throws {WeComError} `invalid_input` for what is not a mobile; any other code when WeCom gave no answer
   */
  useridByMobile(mobile: string, options: LookUpOptions = {}): Promise<string | undefined> {
    return this.#userid({ type: "mobile", address: mobile }, options)
  }

  /**
   * @returns undefined when no member has the address, or the app may not see the member: WeCom does not say which
   * @throws {WeComError} `invalid_input` for what is not an address; any other code when WeCom gave no answer
   */
  useridByEmail(email: string, options: LookUpOptions = {}): Promise<string | undefined> {
    return this.#userid({ type: "email", address: email }, options)
  }

  async #userid(address: Address, options: LookUpOptions): Promise<string | undefined> {
    const { people, error } = await this.lookUp([address], options)
    if (error !== undefined) throw error
    const [outcome] = people
    if (outcome?.state !== "invalid") return outcome?.userid
    const wayRound = outcome.reason === "impossible_mobile" ? ', mobileCheck: "length"' : ""
    const because = address.type === "mobile" ? `13800000001, +85291234567${wayRound}` : "name@example.com"
    throw invalidInputError(
      [{ path: address.type, rule: "bad_format", severity: "error", because }],
      this.#deps.language,
    )
  }

  /**
   * Takes a message back from everybody who got it by that call, within 24 h and by the same app. Copies in the WeChat
   * plugin stay.
   * @throws {WeComError} `refused`: 42052 past 24 h, 40058 for another app's message
   * @see https://developer.work.weixin.qq.com/document/path/94867
   *
   */
  recall(msgid: string, options: CallOptions = {}): Promise<void> {
    return recallMessage(this.#deps, msgid, options)
  }

  /**
   * Greys out the buttons of an interactive card (`button`), or replaces the whole card (`template_card`).
   * @param card the `response_code` of the send, or the event of a press, which has a new code: each code is valid for
   * 72 h and for one use, also when the update fails half-way
   * @param to unless given: with a code everybody who got the card, with an event the member who pressed
   * @throws {WeComError} `invalid_input`; `refused`: 60140 for a code that is used or expired, 42015 for another app's
   * @see https://developer.work.weixin.qq.com/document/path/94888
   */
  updateCard(
    card: string | PressedCard,
    update: CardUpdateContent,
    to?: CardUpdateTarget,
    options?: CallOptions,
  ): Promise<CardUpdateResult> {
    return updateTemplateCard(this.#deps, card, update, to, options)
  }

  /**
   * Returns the app as WeCom sees it: the cheapest way to check that secret, agent id and trusted address are right.
   * @throws {WeComError} `refused`: 301002 when secret and agent id are not of one app, 60020 for an untrusted address
   * @see https://developer.work.weixin.qq.com/document/path/90227
   *
   */
  agent(options: CallOptions = {}): Promise<AgentInfo> {
    return getAgent(this.#deps, options)
  }

  /**
   * The departments that the app sees, each before its subdepartments as far as WeCom lists them so.
   * @throws {WeComError} `refused`, and what every call throws, when the iteration begins
   * @see https://developer.work.weixin.qq.com/document/path/90208
   */
  departments(options?: CallOptions): AsyncIterableIterator<Department> {
    return departments(this.#deps, options)
  }

  /**
   * The members that the app sees, each once. It makes one call for each department, when the iteration comes to it,
   * and one for each member whom the visible range names directly. WeCom shows apps neither mobiles nor emails;
   * `lookUp` finds people by them.
   * @throws {WeComError} `refused`: 60011 for a department outside the visible range, 60003 for one that does not exist
   * @see https://developer.work.weixin.qq.com/document/path/90200
   */
  members(options?: MembersOptions): AsyncIterableIterator<Member> {
    return members(this.#deps, options)
  }

  /**
   * The tags that the app sees.
   * @see https://developer.work.weixin.qq.com/document/path/90216
   */
  tags(options?: CallOptions): AsyncIterableIterator<Tag> {
    return tags(this.#deps, options)
  }

  /**
   * The members and departments that have a tag, as far as the app sees them.
   * @throws {WeComError} `refused`: 40068 for a tag that does not exist, 60011 for one outside the visible range
   * @see https://developer.work.weixin.qq.com/document/path/90213
   */
  tag(id: number, options?: CallOptions): Promise<TagMembers> {
    return tag(this.#deps, id, options)
  }

  /** Closes the client's sockets; those of a transport or dispatcher of the caller's stay open. */
  close(): Promise<void> {
    return this.#closeTransport()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/** An unknown error is reported by its code only: its message may hold a connection string. */
function codeOf(cause: unknown): string {
  if (!(cause instanceof Error)) return "unknown"
  return "code" in cause && typeof cause.code === "string" ? cause.code : cause.name
}
