import type { LookupStore, TokenStore } from "@wecom-push/sdk"
import type { AppStore, CorpSettingsStore } from "./apps.ts"
import type { AuditLog } from "./audit.ts"
import type { EventLog } from "./events.ts"
import type { KeyStore } from "./keys.ts"
import type { MissBudget } from "./misses.ts"
import type { OutboxStore } from "./outbox.ts"
import type { MessageReader } from "./reader.ts"
import type { Upkeep } from "./upkeep.ts"

/** Everything a gateway keeps, by purpose. Take only what you need of it. */
export interface Stores extends AsyncDisposable {
  readonly outbox: OutboxStore
  readonly reader: MessageReader
  readonly events: EventLog
  readonly apps: AppStore
  readonly corps: CorpSettingsStore
  readonly keys: KeyStore
  readonly audit: AuditLog
  /** Encrypted. */
  readonly tokens: TokenStore
  /** Its pauses serve every API that WeCom has closed for a while, under whatever key. */
  readonly lookups: LookupStore
  readonly misses: MissBudget
  readonly upkeep: Upkeep
}
