import type { AuditEntry, AuditLog } from "../ports/audit.ts"
import type { KeyRecord, KeyStore } from "../ports/keys.ts"
import type { AppScope } from "../ports/reader.ts"
import type { Log } from "../log.ts"

type AuditAction =
  | "key.used"
  | "key.created"
  | "key.rotated"
  | "key.revoked"
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
  | "permission.denied"

export interface AuditNote {
  readonly key: Pick<KeyRecord, "id">
  readonly peer: string | undefined
  readonly action: AuditAction
  readonly target?: string
  readonly detail?: Readonly<Record<string, unknown>>
  /** Whom it is about: a key that does not hold all of them is not shown it. */
  readonly apps: AppScope
}

export interface Denial {
  readonly key: Pick<KeyRecord, "id" | "apps">
  readonly peer: string | undefined
  /** Method and route. */
  readonly target: string
  readonly detail: Readonly<Record<string, unknown>>
}

interface SeenFrom {
  readonly since: number
  readonly addresses: Set<string>
}

/** Denials of one key that have not been told yet. */
interface Denials {
  readonly since: number
  first: Denial | undefined
  count: number
  readonly targets: Set<string>
  readonly addresses: Set<string>
}

/**
 * Who did what. Changes are written before they are answered (`write`); what happens at every request is gathered and
 * written now and then (`denied`, `used`), since a commit for each would halve the throughput.
 */
export class AuditTrail {
  readonly #audit: AuditLog
  readonly #keys: Pick<KeyStore, "used">
  readonly #log: Log
  readonly #now: () => number
  readonly #gathered: AuditEntry[] = []
  readonly #uses = new Map<string, number>()
  readonly #seen = new Map<string, SeenFrom>()
  readonly #denials = new Map<string, Denials>()
  readonly #environmentKeyId: string

  constructor(deps: {
    readonly audit: AuditLog
    readonly keys: Pick<KeyStore, "used">
    readonly log: Log
    readonly now: () => number
    readonly environmentKeyId: string
  }) {
    this.#audit = deps.audit
    this.#keys = deps.keys
    this.#log = deps.log
    this.#now = deps.now
    this.#environmentKeyId = deps.environmentKeyId
  }

  /** What was gathered before goes in front, so that the trail stands in the order in which things happened. */
  async write(note: AuditNote): Promise<void> {
    const earlier = this.#gathered.splice(0)
    try {
      await this.#audit.append([...earlier, this.#entry(note)])
    } catch (error) {
      this.#gathered.unshift(...earlier)
      throw error
    }
  }

  /**
   * The first denial of a key is an entry at once; those that follow within a minute share one, which counts them. A
   * program that asks in a loop would fill the trail otherwise.
   */
  denied(denial: Denial): void {
    const { id } = denial.key
    const open = this.#denials.get(id)
    if (open === undefined) {
      this.#gather(this.#entry({ ...denial, action: "permission.denied", apps: denial.key.apps }))
      if (this.#denials.size < MAX_SEEN) this.#denials.set(id, noDenials(this.#now()))
      return
    }
    open.first ??= denial
    open.count++
    addUpTo(open.targets, denial.target)
    addUpTo(open.addresses, denial.peer ?? "")
  }

  /**
   * A key was used. The trail tells it once a day for each address it comes from, up to a hundred: one who has many
   * addresses would push everything else out of it.
   */
  used(key: Pick<KeyRecord, "id" | "apps">, peer: string | undefined): void {
    const now = this.#now()
    this.#uses.set(key.id, now)
    const addresses = this.#addressesOf(key.id, now)
    const address = peer ?? ""
    if (addresses.has(address) || addresses.size >= MAX_ADDRESSES) return
    addresses.add(address)
    const detail = addresses.size === MAX_ADDRESSES ? { further_addresses: "not told until tomorrow" } : {}
    this.#gather(this.#entry({ key, peer, action: "key.used", detail, apps: key.apps }))
  }

  /** Writes what has been gathered. */
  async flush(): Promise<void> {
    this.#tellDenials(this.#now())
    await this.#write()
  }

  /** Writes all there is, also of the minute that goes on. */
  async finish(): Promise<void> {
    this.#tellDenials(Infinity)
    await this.#write()
  }

  async #write(): Promise<void> {
    const entries = this.#gathered.splice(0)
    const uses = [...this.#uses].map(([id, at]) => ({ id, at })).filter(({ id }) => id !== this.#environmentKeyId)
    this.#uses.clear()
    try {
      if (uses.length > 0) await this.#keys.used(uses)
      if (entries.length > 0) await this.#audit.append(entries)
    } catch (error) {
      this.#log.warn({ err: error, entries: entries.length }, "audit entries could not be written")
    }
  }

  /** From where a key was used within a day of its first use. */
  #addressesOf(id: string, now: number): Set<string> {
    const seen = this.#seen.get(id)
    if (seen !== undefined && now - seen.since < DAY_MS) return seen.addresses
    if (this.#seen.size >= MAX_SEEN) this.#seen.clear()
    const addresses = new Set<string>()
    this.#seen.set(id, { since: now, addresses })
    return addresses
  }

  /** Of minutes that are over. */
  #tellDenials(now: number): void {
    for (const [id, { since, first, count, targets, addresses }] of this.#denials) {
      const isOver = now >= since + DENIALS_TOGETHER_MS || now < since
      if (!isOver) continue
      this.#denials.delete(id)
      if (first === undefined) continue
      const detail = { ...first.detail, count, targets: [...targets], addresses: [...addresses] }
      this.#gather(this.#entry({ ...first, action: "permission.denied", detail, apps: first.key.apps }))
      // The next ones are counted again, as long as they do not stop for a minute.
      if (Number.isFinite(now)) this.#denials.set(id, noDenials(now))
    }
  }

  #gather(entry: AuditEntry): void {
    if (this.#gathered.length < MAX_GATHERED) this.#gathered.push(entry)
  }

  #entry({ key, peer, action, target, detail = {}, apps }: AuditNote): AuditEntry {
    return { at: this.#now(), actor: key.id, from: peer, action, target, detail, apps }
  }
}

const DAY_MS = 24 * 3600_000
const DENIALS_TOGETHER_MS = 60_000
const MAX_GATHERED = 10_000
const MAX_SEEN = 10_000
const MAX_ADDRESSES = 100
const MAX_NAMED = 10

function noDenials(since: number): Denials {
  return { since, first: undefined, count: 0, targets: new Set(), addresses: new Set() }
}

function addUpTo(named: Set<string>, name: string): void {
  if (named.size < MAX_NAMED) named.add(name)
}
