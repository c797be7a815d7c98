import { setImmediate } from "node:timers/promises"
import { conversationOf } from "../ledger.ts"
import type { Conversation, KeptBack, SentMessage } from "../ledger.ts"
import type { World } from "../world.ts"
import type { Arrival, FeedEvent, PhoneApp, PhoneView, TimelineChanges } from "./feed-events.ts"
import { memberView } from "./member-view.ts"
import { concerns, entryOf, hasText, timelinePage, type TimelineFilter } from "./timeline.ts"

const FIRST_ENTRIES = 50
const CHANGES_PER_EVENT = 200
// For a page that is further behind than this, sending the whole phone is cheaper.
const MOST_CHANGES = 2000
const ARRIVALS_PER_EVENT = 500

/**
 * Follows one phone for one open page. A burst becomes one event; a slow page gets the latest state and no queue of
 * events.
 */
export class PhoneFeed {
  readonly #world: World
  readonly #filter: TimelineFilter
  readonly #send: (event: FeedEvent) => Promise<void>
  readonly #changed = new Set<SentMessage | KeptBack>()
  readonly #arrived = new Map<string, Arrival>()
  #keptBack = 0
  #isCountNew = false
  #isWhole = true
  #isReset = false
  #isOrgNew = false
  #isSending = false
  #isClosed = false

  /** @param send resolves when the page has room for the next event; its rejection ends the feed */
  constructor(world: World, filter: TimelineFilter, send: (event: FeedEvent) => Promise<void>) {
    this.#world = world
    this.#filter = { ...filter, userid: world.org.member(filter.userid)?.userid ?? filter.userid }
    this.#send = send
    world.ledger.events.on("shown", this.#onShown).on("recalled", this.#onChanged).on("updated", this.#onChanged)
    world.ledger.events.on("keptBack", this.#onKeptBack).on("reset", this.#onReset)
    world.changes.on("org", this.#onOrg)
    this.#wake()
  }

  close(): void {
    this.#isClosed = true
    const { events } = this.#world.ledger
    events.off("shown", this.#onShown).off("recalled", this.#onChanged).off("updated", this.#onChanged)
    events.off("keptBack", this.#onKeptBack).off("reset", this.#onReset)
    this.#world.changes.off("org", this.#onOrg)
  }

  readonly #onShown = (message: SentMessage): void => {
    const conversation = conversationOf(message)
    for (const userid of message.shownTo) {
      const name = `${conversation} ${userid}`
      const count = (this.#arrived.get(name)?.count ?? 0) + 1
      if (count === 1 && this.#arrived.size >= ARRIVALS_PER_EVENT) break
      this.#arrived.set(name, { userid, conversation, count })
    }
    this.#onChanged(message)
    this.#wake()
  }

  readonly #onKeptBack = (copies: KeptBack): void => {
    if (!concerns({ ...this.#filter, withKeptBack: true }, copies)) return
    this.#keptBack++
    this.#isCountNew = true
    this.#onChanged(copies)
    this.#wake()
  }

  readonly #onChanged = (item: SentMessage | KeptBack): void => {
    if (this.#isWhole || !concerns(this.#filter, item)) return
    this.#changed.add(item)
    if (this.#changed.size > MOST_CHANGES) this.#beWhole()
    this.#wake()
  }

  readonly #onOrg = (): void => {
    this.#isOrgNew = true
    this.#beWhole()
    this.#wake()
  }

  readonly #onReset = (): void => {
    this.#isReset = true
    this.#beWhole()
    this.#wake()
  }

  #beWhole(): void {
    this.#isWhole = true
    this.#changed.clear()
  }

  #wake(): void {
    if (this.#isSending) return
    this.#isSending = true
    this.#sendAll().catch(() => this.close())
  }

  async #sendAll(): Promise<void> {
    // Everything that happens in the same turn of the event loop, or while the page has no room, is sent together.
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
      this.#isOrgNew = false
      this.#arrived.clear()
      return { event: "reset", data: null }
    }
    if (this.#isOrgNew) {
      this.#isOrgNew = false
      return { event: "org", data: null }
    }
    if (this.#isWhole) {
      this.#isWhole = false
      this.#isCountNew = false
      return { event: "phone", data: this.#wholePhone() }
    }
    if (this.#changed.size > 0 || this.#isCountNew) return { event: "changes", data: this.#takeChanges() }
    if (this.#arrived.size > 0) {
      const data = [...this.#arrived.values()]
      this.#arrived.clear()
      return { event: "arrived", data }
    }
    return undefined
  }

  #takeChanges(): TimelineChanges {
    const items = [...this.#changed].slice(0, CHANGES_PER_EVENT)
    for (const item of items) this.#changed.delete(item)
    this.#isCountNew = false
    const entries = items.flatMap((item) => {
      const entry = entryOf(this.#world, this.#filter.userid, item)
      return entry !== undefined && hasText(entry, this.#filter) ? [entry] : []
    })
    return { entries, kept_back: this.#keptBack }
  }

  #wholePhone(): PhoneView {
    const { org, ledger } = this.#world
    const member = org.member(this.#filter.userid)
    this.#keptBack = 0
    for (const copies of ledger.keptBackNewestFirst()) {
      if (concerns({ ...this.#filter, withKeptBack: true }, copies)) this.#keptBack++
    }
    return {
      run: ledger.run,
      member: member === undefined ? null : memberView(org, member),
      apps: this.#apps(),
      timeline: timelinePage(this.#world, this.#filter, FIRST_ENTRIES),
      kept_back: this.#keptBack,
    }
  }

  #apps(): PhoneApp[] {
    const world = this.#world
    const { org, ledger } = world
    const { userid } = this.#filter
    const latest = new Map<Conversation, number>()
    for (const message of ledger.messagesNewestFirst()) {
      const conversation = conversationOf(message)
      if (!latest.has(conversation) && message.shownTo.includes(userid)) latest.set(conversation, message.turn)
    }
    const member = org.member(userid)
    const apps = org.document.apps.map((app) => ({
      conversation: app.agentid as Conversation,
      name: app.name,
      enabled: app.enabled,
      visible: member !== undefined && org.visibleRange(app).seesMember(member),
    }))
    // A chat appears with its first message.
    const chats = world.chats
      .all()
      .filter(({ chatid }) => latest.has(conversationOf({ agentid: 0, chat: chatid })))
      .map(({ chatid, name, agentid, members, disbanded }) => ({
        conversation: conversationOf({ agentid: 0, chat: chatid }),
        name: name === "" ? chatid : name,
        enabled: !disbanded,
        visible: member !== undefined && members.includes(member.userid),
        chat: { app: org.app(agentid)?.name ?? String(agentid), members: members.length },
      }))
    // Only its members see a group.
    const groups = org.document.robots
      .filter(({ members }) => member !== undefined && members.includes(member.userid))
      .map(({ key, name, state }) => ({
        conversation: conversationOf({ agentid: 0, robot: key }),
        name,
        enabled: state === "works",
        visible: true,
      }))
    // Every member may write to a smart robot.
    const bots = org.document.bots.map(({ bot_id: id, name }) => ({
      conversation: conversationOf({ agentid: 0, bot: id }),
      name,
      enabled: true,
      visible: member !== undefined,
    }))
    const present: PhoneApp[] = [...apps, ...chats, ...groups, ...bots]
    const known = new Set(present.map(({ conversation }) => conversation))
    const gone = Array.from(latest.keys())
      .filter((conversation) => !known.has(conversation))
      .map((conversation) => ({ conversation, name: String(conversation), enabled: false, visible: false }))
    const turnOf = ({ conversation }: PhoneApp): number => latest.get(conversation) ?? 0
    return [...present, ...gone].sort(
      (one, other) => turnOf(other) - turnOf(one) || Number(other.visible) - Number(one.visible),
    )
  }
}
