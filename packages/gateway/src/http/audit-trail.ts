import type { AuditEntry, AuditLog } from "../core/ports/audit.ts"
import type { KeyRecord, KeyStore } from "../core/ports/keys.ts"
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
  | "message.retried"
  | "message.recalled"
  | "message.card_changed"
  | "permission.denied"

export interface AuditNote {
  readonly key: Pick<KeyRecord, "id">
  readonly peer: string | undefined
  readonly action: AuditAction
  readonly target?: string
  readonly detail?: Readonly<Record<string, unknown>>
}

/**
 * Who did what. Changes are written before they are answered (`write`); what happens at every request is gathered and
 * written now and then (`note`, `used`), since a commit for each would halve the throughput.
 */
export class AuditTrail {
  readonly #audit: AuditLog
  readonly #keys: Pick<KeyStore, "used">
  readonly #log: Log
  readonly #now: () => number
  readonly #gathered: AuditEntry[] = []
  readonly #uses = new Map<string, number>()
  readonly #seen = new Map<string, number>()
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

  async write(note: AuditNote): Promise<void> {
    await this.#audit.append([this.#entry(note)])
  }

  note(note: AuditNote): void {
    if (this.#gathered.length < MAX_GATHERED) this.#gathered.push(this.#entry(note))
  }

  /** A key was used. The trail tells it once a day for each address it comes from. */
  used(key: Pick<KeyRecord, "id">, peer: string | undefined): void {
    const now = this.#now()
    this.#uses.set(key.id, now)
    const from = `${key.id} ${peer ?? ""}`
    if (now - (this.#seen.get(from) ?? -Infinity) < DAY_MS) return
    if (this.#seen.size >= MAX_SEEN) this.#seen.clear()
    this.#seen.set(from, now)
    this.note({ key, peer, action: "key.used" })
  }

  /** Writes what has been gathered. */
  async flush(): Promise<void> {
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

  #entry({ key, peer, action, target, detail = {} }: AuditNote): AuditEntry {
    return { at: this.#now(), actor: key.id, from: peer, action, target, detail }
  }
}

const DAY_MS = 24 * 3600_000
const MAX_GATHERED = 10_000
const MAX_SEEN = 10_000
