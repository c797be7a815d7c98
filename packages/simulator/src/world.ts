import { EventEmitter } from "node:events"
import { Bots } from "./bots/bots.ts"
import { Callbacks } from "./callbacks/callbacks.ts"
import { Chats } from "./chats/chats.ts"
import { beijingDay, Clock } from "./clock.ts"
import { conversationOf, Ledger, type SentMessage } from "./ledger.ts"
import { ApiRate } from "./limits/api-rate.ts"
import { ChatRate } from "./limits/chat-rate.ts"
import { DebugRate } from "./limits/debug-rate.ts"
import { DayQuota } from "./limits/day-quota.ts"
import { MemberRate } from "./limits/member-rate.ts"
import { RobotRate } from "./limits/robot-rate.ts"
import { SecretBan } from "./limits/secret-ban.ts"
import { ShownCopies } from "./limits/shown-copies.ts"
import { WindowQuota } from "./limits/window-quota.ts"
import { MediaLibrary } from "./media/media-library.ts"
import { UrlJobs } from "./media/url-jobs.ts"
import { Org } from "./org/org.ts"
import type { OrgDocument } from "./org/types.ts"
import { CardCodes } from "./send/card-codes.ts"
import { DuplicateCheck } from "./send/duplicate-check.ts"
import { TaskIds } from "./send/task-ids.ts"
import { effectiveSettings, mergeSettings, type ChosenSettings, type Settings } from "./settings.ts"
import { Tokens } from "./tokens.ts"

/** Everything that this WeCom knows and remembers. Calls change it; control paths and phones read it. */
export class World {
  readonly clock = new Clock()
  readonly tokens = new Tokens()
  readonly ledger: Ledger
  readonly apiRate = new ApiRate()
  readonly debugRate = new DebugRate()
  readonly memberRate = new MemberRate()
  readonly robotRate = new RobotRate()
  readonly chatRate = new ChatRate()
  readonly chats = new Chats()
  readonly personTimes = new DayQuota()
  readonly lookupMisses = new DayQuota()
  readonly inlineImages = new DayQuota()
  readonly inlineImagesOfMonth = new WindowQuota(30 * 24 * 3_600_000)
  readonly secretBan = new SecretBan()
  readonly duplicates = new DuplicateCheck()
  readonly taskIds = new TaskIds()
  readonly cardCodes = new CardCodes()
  readonly callbacks = new Callbacks(this)
  readonly media = new MediaLibrary()
  readonly urlJobs = new UrlJobs()
  readonly shownCopies = new ShownCopies()
  readonly bots = new Bots()
  /** Emits when the organisation is replaced. */
  readonly changes = new EventEmitter<{ org: [] }>()
  readonly #seed: OrgDocument
  readonly #firstSettings: ChosenSettings
  #org: Org
  #chosen: ChosenSettings
  #settings: Settings

  /** The arguments are also the state to which `reset()` returns. */
  constructor(seed: OrgDocument, settings: ChosenSettings) {
    // Every open live page listens.
    this.changes.setMaxListeners(0)
    this.#seed = seed
    this.#firstSettings = settings
    this.#org = new Org(seed)
    this.chats.replace(seed.chats)
    this.#chosen = settings
    this.#settings = effectiveSettings(settings, seed.member_cap)
    this.ledger = new Ledger(this.#settings)
    this.ledger.events.on("shown", ({ agentid, chat, atMs, shownTo }) => {
      // The statistics count messages to members (应用消息).
      if (chat === undefined) this.shownCopies.add(agentid, beijingDay(atMs), shownTo.length)
    })
    this.ledger.onForgotten = (message) => this.#forget(message)
  }

  get org(): Org {
    return this.#org
  }

  /** The present organisation, with the chats that apps have made since. */
  get organisation(): OrgDocument {
    return { ...this.#org.document, chats: this.chats.all() }
  }

  get settings(): Settings {
    return this.#settings
  }

  /** The settings that would apply if none had been chosen, neither at the start nor later. */
  get defaultSettings(): Settings {
    return effectiveSettings({}, this.#org.document.member_cap)
  }

  replaceOrg(document: OrgDocument): void {
    if (document.member_cap !== this.#org.document.member_cap) this.#openDays()
    this.#org = new Org(document)
    this.chats.replace(document.chats)
    this.#settle()
    this.changes.emit("org")
  }

  changeSettings(change: ChosenSettings): void {
    this.#chosen = mergeSettings(this.#chosen, change)
    this.#settle()
    if (change.limits !== undefined) this.#openLimits()
  }

  /** Returns to the beginning: the first organisation and settings, the machine's clock, nothing remembered. */
  reset(): void {
    this.clock.reset()
    this.tokens.reset(this.clock.nowMs())
    this.apiRate.reset()
    this.debugRate.reset()
    this.personTimes.reset()
    this.lookupMisses.reset()
    this.inlineImages.reset()
    this.inlineImagesOfMonth.reset()
    this.secretBan.reset()
    this.memberRate.reset()
    this.robotRate.reset()
    this.chatRate.reset()
    this.duplicates.reset()
    this.taskIds.reset()
    this.cardCodes.reset()
    this.callbacks.reset()
    this.media.reset()
    this.urlJobs.reset()
    this.shownCopies.reset()
    this.bots.reset()
    this.#org = new Org(this.#seed)
    this.chats.reset(this.#seed.chats)
    this.#chosen = this.#firstSettings
    this.#settle()
    this.ledger.reset()
  }

  #settle(): void {
    this.#settings = effectiveSettings(this.#chosen, this.#org.document.member_cap)
    this.ledger.keepOnly(this.#settings)
  }

  /** A limit that was raised or switched off opens at once. One that is still exceeded closes again at the next call. */
  #openLimits(): void {
    this.#openDays()
    this.apiRate.open()
    this.secretBan.lift()
    this.robotRate.open()
    this.chatRate.open()
  }

  #openDays(): void {
    this.personTimes.open()
    this.lookupMisses.open()
    this.inlineImages.open()
    this.inlineImagesOfMonth.open()
  }

  #forget(message: SentMessage): void {
    if (message.taskId !== undefined) this.taskIds.delete(conversationOf(message), message.taskId)
    this.cardCodes.forget(message)
  }
}
