import type { AuditEntry, AuditLog } from "../../model/ports/audit.ts"
import type { KeyRecord, KeyStore } from "../../model/ports/keys.ts"
import type { SourceStore } from "../../model/ports/sources.ts"
import type { AppScope } from "../../model/ports/reader.ts"
import type { OperatorLog } from "../../model/ports/log.ts"

type AuditAction =
  | "key.used"
  | "key.created"
  | "key.rotated"
  | "key.revoked"
  | "source.used"
  | "chat.created"
  | "chat.changed"
  | "source.created"
  | "source.changed"
  | "source.rotated"
  | "source.deleted"
  | "app.created"
  | "app.changed"
  | "app.deleted"
  | "corp.changed"
  | "message.cancelled"
  | "messages.cancelled"
  | "message.retried"
  | "message.recalled"
  | "message.card_changed"
  | "media.deleted"
  | "call.forwarded"
  | "permission.denied"

/** The key that made the request, and the way it came. */
type Actor = Pick<KeyRecord, "id"> & {
  /** Absent: by the API itself. */
  readonly via?: "mcp"
}

export interface AuditNote {
  readonly key: Actor
  readonly peer: string | undefined
  readonly action: AuditAction
  readonly target?: string
  readonly detail?: Readonly<Record<string, unknown>>
  /** The apps that it is about: a key that does not hold all of them does not see it. */
  readonly apps: AppScope
}

export interface Denial {
  readonly key: Actor & Pick<KeyRecord, "apps">
  readonly peer: string | undefined
  /** The method and the route. */
  readonly target: string
  readonly detail: Readonly<Record<string, unknown>>
}

interface SeenFrom {
  readonly since: number
  readonly addresses: Set<string>
}

/** Repeated actions of one key that are not in the trail yet. */
interface Repeats {
  readonly since: number
  /** How many got entries of their own. */
  told: number
  first: AuditNote | undefined
  count: number
  readonly targets: Set<string>
  readonly addresses: Set<string>
  apps: AppScope
}

/**
 * Records who did what. Changes are written before they are answered (`write`). Facts about every request are gathered and
 * written from time to time (`denied`, `used`), since a commit for each would halve the throughput. So are actions on
 * messages and files that a program repeats: they would push everything else out of the trail.
 */
export class AuditTrail {
  readonly #audit: AuditLog
  readonly #keys: Pick<KeyStore, "used">
  readonly #sources: Pick<SourceStore, "used">
  readonly #log: OperatorLog
  readonly #now: () => number
  readonly #gathered: AuditEntry[] = []
  readonly #uses = new Map<string, number>()
  readonly #usesOfSources = new Map<string, number>()
  /** When the use of each source was noted last. */
  readonly #notedSources = new Map<string, number>()
  readonly #seen = new Map<string, SeenFrom>()
  readonly #repeats = new Map<string, Repeats>()
  readonly #environmentKeyId: string

  constructor(deps: {
    readonly audit: AuditLog
    readonly keys: Pick<KeyStore, "used">
    readonly sources: Pick<SourceStore, "used">
    readonly log: OperatorLog
    readonly now: () => number
    readonly environmentKeyId: string
  }) {
    this.#audit = deps.audit
    this.#keys = deps.keys
    this.#sources = deps.sources
    this.#log = deps.log
    this.#now = deps.now
    this.#environmentKeyId = deps.environmentKeyId
  }

  /**
   * Entries gathered before are written first, so that the trail has the order in which things happened. If programs act on
   * messages and files, the first ten actions of a kind become entries at once; those that follow within a minute share one
   * entry.
   */
  async write(note: AuditNote): Promise<void> {
    if (OF_PROGRAMS.has(note.action) && this.#isRepeat(note, MOST_TOLD)) return
    const earlier = this.#gathered.splice(0)
    try {
      await this.#audit.append([...earlier, this.#entry(note)])
    } catch (error) {
      this.#gathered.unshift(...earlier)
      throw error
    }
  }

  /**
   * The first denial of a key becomes an entry at once; those that follow within a minute share one entry, which counts
   * them. Otherwise a program that asks in a loop would fill the trail.
   */
  denied(denial: Denial): void {
    const note: AuditNote = { ...denial, action: "permission.denied", apps: denial.key.apps }
    if (!this.#isRepeat(note, 1)) this.#gather(this.#entry(note))
  }

  /**
   * Notes that a key was used. The trail has one entry a day for each address and each way the key comes by, up to a
   * hundred: a client with many addresses would push everything else out of it.
   */
  used(key: Actor & Pick<KeyRecord, "apps">, peer: string | undefined): void {
    const now = this.#now()
    this.#uses.set(key.id, now)
    this.#seenFrom(key, peer, "key.used", now)
  }

  /** The same for a source, whose last use is noted once a minute. */
  sourceUsed(source: { readonly id: string; readonly app: string }, peer: string | undefined): void {
    const now = this.#now()
    const noted = this.#notedSources.get(source.id)
    if (noted === undefined || now >= noted + NOTE_SOURCE_EVERY_MS || now < noted) {
      if (this.#notedSources.size >= MAX_SEEN) this.#notedSources.clear()
      this.#notedSources.set(source.id, now)
      this.#usesOfSources.set(source.id, now)
    }
    this.#seenFrom({ id: source.id, apps: [source.app] }, peer, "source.used", now)
  }

  #seenFrom(
    key: Actor & Pick<KeyRecord, "apps">,
    peer: string | undefined,
    action: "key.used" | "source.used",
    now: number,
  ): void {
    const addresses = this.#addressesOf(key.id, now)
    const address = `${key.via ?? ""} ${peer ?? ""}`
    if (addresses.has(address) || addresses.size >= MAX_ADDRESSES) return
    addresses.add(address)
    const detail = addresses.size === MAX_ADDRESSES ? { further_addresses: "not recorded until tomorrow" } : {}
    this.#gather(this.#entry({ key, peer, action, detail, apps: key.apps }))
  }

  /** Writes what has been gathered. */
  async flush(): Promise<void> {
    this.#tellRepeats(this.#now())
    await this.#write()
  }

  /** Writes everything that has been gathered, including the current minute. */
  async finish(): Promise<void> {
    this.#tellRepeats(Infinity)
    await this.#write()
  }

  async #write(): Promise<void> {
    const entries = this.#gathered.splice(0)
    const uses = [...this.#uses].map(([id, at]) => ({ id, at })).filter(({ id }) => id !== this.#environmentKeyId)
    this.#uses.clear()
    const ofSources = [...this.#usesOfSources].map(([id, at]) => ({ id, at }))
    this.#usesOfSources.clear()
    try {
      if (uses.length > 0) await this.#keys.used(uses)
      if (ofSources.length > 0) await this.#sources.used(ofSources)
      if (entries.length > 0) await this.#audit.append(entries)
    } catch (error) {
      this.#log.warn({ err: error, entries: entries.length }, "could not write audit entries")
    }
  }

  /** The addresses from which a key was used within a day of its first use. */
  #addressesOf(id: string, now: number): Set<string> {
    const seen = this.#seen.get(id)
    if (seen !== undefined && now - seen.since < DAY_MS) return seen.addresses
    if (this.#seen.size >= MAX_SEEN) this.#seen.clear()
    const addresses = new Set<string>()
    this.#seen.set(id, { since: now, addresses })
    return addresses
  }

  /**
   * @param most how many repeats get entries of their own
   * @returns whether this one was beyond that, and was only counted
   */
  #isRepeat(note: AuditNote, most: number): boolean {
    const kind = `${note.key.id} ${note.action} ${note.key.via ?? ""}`
    let open = this.#repeats.get(kind)
    if (open === undefined) {
      if (this.#repeats.size >= MAX_SEEN) return false
      this.#repeats.set(kind, (open = noRepeats(this.#now(), 0)))
    }
    if (open.told < most) {
      open.told++
      return false
    }
    open.first ??= note
    open.count++
    addUpTo(open.targets, note.target ?? "")
    addUpTo(open.addresses, note.peer ?? "")
    open.apps = unionOf(open.apps, note.apps)
    return true
  }

  /** Gathers the repeats of minutes that have ended. */
  #tellRepeats(now: number): void {
    for (const [kind, { since, first, count, targets, addresses, apps }] of this.#repeats) {
      const isOver = now >= since + TOGETHER_MS || now < since
      if (!isOver) continue
      this.#repeats.delete(kind)
      if (first === undefined) continue
      const counts = { count, targets: [...targets], addresses: [...addresses] }
      // The detail of one message does not apply to the others.
      const detail = OF_PROGRAMS.has(first.action) ? counts : { ...first.detail, ...counts }
      this.#gather(this.#entry({ ...first, detail, apps }))
      // Further repeats are counted again, as long as they do not stop for a minute.
      if (Number.isFinite(now)) this.#repeats.set(kind, noRepeats(now, Infinity))
    }
  }

  #gather(entry: AuditEntry): void {
    if (this.#gathered.length < MAX_GATHERED) this.#gathered.push(entry)
  }

  #entry({ key, peer, action, target, detail = {}, apps }: AuditNote): AuditEntry {
    const { via } = key
    const how = via === undefined ? detail : { ...detail, via }
    return { at: this.#now(), actor: key.id, from: peer, action, target, detail: how, apps }
  }
}

const DAY_MS = 24 * 3600_000
const NOTE_SOURCE_EVERY_MS = 60_000
const TOGETHER_MS = 60_000
const MOST_TOLD = 10
/** Actions that need no administrator, and that programs do automatically. */
const OF_PROGRAMS: ReadonlySet<AuditAction> = new Set([
  "message.cancelled",
  "message.retried",
  "message.recalled",
  "message.card_changed",
  "media.deleted",
  "call.forwarded",
])
const MAX_GATHERED = 10_000
const MAX_SEEN = 10_000
const MAX_ADDRESSES = 100
const MAX_NAMED = 10

function noRepeats(since: number, told: number): Repeats {
  return { since, told, first: undefined, count: 0, targets: new Set(), addresses: new Set(), apps: [] }
}

function unionOf(some: AppScope, others: AppScope): AppScope {
  return some === "all" || others === "all" ? "all" : [...new Set([...some, ...others])]
}

function addUpTo(named: Set<string>, name: string): void {
  if (named.size < MAX_NAMED) named.add(name)
}
