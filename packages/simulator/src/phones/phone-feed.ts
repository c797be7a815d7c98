import { setImmediate } from "node:timers/promises"
import type { Language } from "@wecom-push/protocol"
import type { SentMessage } from "../ledger.ts"
import type { Medium } from "../media/media-library.ts"
import { type PhoneMessage, phoneMessage } from "../phone-messages.ts"
import type { Member } from "../org/types.ts"
import type { World } from "../world.ts"
import { html } from "./html.ts"
import { renderMessage } from "./render-message.ts"
import { WORDS } from "./words.ts"

/** What an open page is told. `data` is JSON. */
export type FeedEvent =
  /** The phone as a whole: at the beginning, after a reset, and where single messages came too fast. */
  | {
      readonly event: "phone"
      readonly data: { readonly name: string; readonly details: string; readonly html: string }
    }
  /** New messages, and present ones that changed. */
  | { readonly event: "messages"; readonly data: readonly { readonly seq: number; readonly html: string }[] }
  /** Whose phones have something new. */
  | { readonly event: "arrived"; readonly data: readonly string[] }
  | { readonly event: "reset"; readonly data: null }

// More than anybody scrolls through; the rest can be read through /_sim/messages.
const MESSAGES_ON_A_PHONE = 200
const ARRIVALS_PER_EVENT = 500

/** Follows one phone for one open page. A burst becomes one event, and a slow page is caught up instead of queued for. */
export class PhoneFeed {
  readonly #world: World
  readonly #userid: string
  readonly #language: Language
  readonly #send: (event: FeedEvent) => Promise<void>
  readonly #changed = new Set<SentMessage>()
  readonly #arrived = new Set<string>()
  #isWhole = true
  #isReset = false
  #isSending = false
  #isClosed = false

  /** @param send resolves when the page has room for the next event; its rejection ends the feed */
  constructor(world: World, userid: string, language: Language, send: (event: FeedEvent) => Promise<void>) {
    this.#world = world
    this.#userid = world.org.member(userid)?.userid ?? userid
    this.#language = language
    this.#send = send
    world.ledger.events.on("shown", this.#onShown).on("recalled", this.#onChanged).on("updated", this.#onChanged)
    world.ledger.events.on("reset", this.#onReset)
    this.#wake()
  }

  close(): void {
    this.#isClosed = true
    const { events } = this.#world.ledger
    events.off("shown", this.#onShown).off("recalled", this.#onChanged).off("updated", this.#onChanged)
    events.off("reset", this.#onReset)
  }

  readonly #findMedium = (id: string): Medium | undefined => this.#world.media.shown(id)

  readonly #onShown = (message: SentMessage): void => {
    for (const userid of message.shownTo) {
      if (this.#arrived.size >= ARRIVALS_PER_EVENT) break
      this.#arrived.add(userid)
    }
    this.#onChanged(message)
    this.#wake()
  }

  readonly #onChanged = (message: SentMessage): void => {
    if (!message.shownTo.includes(this.#userid)) return
    this.#changed.add(message)
    if (this.#changed.size > MESSAGES_ON_A_PHONE) this.#isWhole = true
    this.#wake()
  }

  readonly #onReset = (): void => {
    this.#isReset = true
    this.#isWhole = true
    this.#wake()
  }

  #wake(): void {
    if (this.#isSending) return
    this.#isSending = true
    this.#sendAll().catch(() => this.close())
  }

  async #sendAll(): Promise<void> {
    // What happens in the same turn of the event loop, or while the page has no room, is sent together.
    await setImmediate()
    for (let event = this.#next(); event !== undefined && !this.#isClosed; event = this.#next()) {
      await this.#send(event)
      await setImmediate()
    }
    this.#isSending = false
  }

  #next(): FeedEvent | undefined {
    if (this.#isReset) {
      this.#isReset = false
      this.#arrived.clear()
      return { event: "reset", data: null }
    }
    if (this.#isWhole) {
      this.#isWhole = false
      this.#changed.clear()
      return { event: "phone", data: this.#wholePhone() }
    }
    if (this.#changed.size > 0) {
      const copies = Array.from(this.#changed, (message) => phoneMessage(message, this.#userid))
      this.#changed.clear()
      return { event: "messages", data: copies.filter((copy) => copy !== undefined).map((copy) => this.#item(copy)) }
    }
    if (this.#arrived.size > 0) {
      const data = [...this.#arrived]
      this.#arrived.clear()
      return { event: "arrived", data }
    }
    return undefined
  }

  #wholePhone(): (FeedEvent & { event: "phone" })["data"] {
    const { org, ledger } = this.#world
    const member = org.member(this.#userid)
    const departments = member?.departments.map((id) => org.department(id)?.name ?? `${id}`) ?? []
    const details = [this.#userid, member?.mobile ?? "", ...departments].filter((detail) => detail !== "").join(" · ")

    const mine = ledger.messages().filter(({ shownTo }) => shownTo.includes(this.#userid))
    const newest = mine.slice(-MESSAGES_ON_A_PHONE).map((message) => phoneMessage(message, this.#userid))
    const list = newest.filter((copy) => copy !== undefined).map((copy) => this.#item(copy).html)
    const hint = mine.length === 0 ? this.#emptyHint(member) : mine.length > newest.length ? this.#olderHint() : ""
    return { name: member?.name ?? this.#userid, details, html: hint + list.join("") }
  }

  #item(copy: PhoneMessage): { seq: number; html: string } {
    const appName = this.#world.org.app(copy.agentid)?.name ?? String(copy.agentid)
    return { seq: copy.seq, html: renderMessage(copy, appName, this.#language, this.#findMedium).markup }
  }

  #emptyHint(member: Member | undefined): string {
    const words = WORDS[this.#language]
    if (member === undefined) return html`<li class="empty">${words.unknownMember}</li>`.markup
    const whom = member.mobile === "" ? `--user ${member.userid}` : `--mobile ${member.mobile}`
    return html`<li class="empty">
      <p>${words.empty}</p>
      <p>${words.run}</p>
      <pre
        tabindex="0"
      ><code><span>npx wecom-push send</span> <span>${whom}</span> <span>--text "你好"</span></code></pre>
    </li>`.markup
  }

  #olderHint(): string {
    const words = WORDS[this.#language]
    return html`<li class="older">${words.older} <code>/_sim/messages?userid=${this.#userid}</code></li>`.markup
  }
}
