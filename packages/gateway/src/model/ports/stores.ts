import type { TokenStore } from "@wecom-push/sdk"
import type { AppStore, CorpSettingsStore } from "./apps.ts"
import type { AuditLog } from "./audit.ts"
import type { BusyMembers } from "./busy-members.ts"
import type { CallbackStore } from "./callbacks.ts"
import type { ClaimStore } from "./claims.ts"
import type { ClockNotes } from "./clock-notes.ts"
import type { ChatStore } from "./chats.ts"
import type { ConversationStore } from "./conversations.ts"
import type { EventLog } from "./events.ts"
import type { KeyStore } from "./keys.ts"
import type { Lookups } from "./lookups.ts"
import type { MediaStore } from "./media.ts"
import type { MissBudget } from "./misses.ts"
import type { NamedLocks } from "./named-locks.ts"
import type { OutboxStore } from "./outbox.ts"
import type { PersonTimes } from "./person-times.ts"
import type { MessageReader, SendsReader } from "./reader.ts"
import type { Recalls } from "./recalls.ts"
import type { SourceStore } from "./sources.ts"
import type { LocalUpkeep, Upkeep } from "./upkeep.ts"

/** Everything a gateway stores, by purpose. Take only the parts you need. */
export interface Stores extends AsyncDisposable {
  readonly outbox: OutboxStore
  readonly reader: MessageReader
  readonly events: EventLog
  readonly callbacks: CallbackStore
  readonly chats: ChatStore
  readonly conversations: ConversationStore
  readonly apps: AppStore
  readonly corps: CorpSettingsStore
  readonly keys: KeyStore
  readonly sources: SourceStore
  readonly audit: AuditLog
  /** Encrypted. */
  readonly tokens: TokenStore
  readonly lookups: Lookups
  readonly misses: MissBudget
  readonly personTimes: PersonTimes
  readonly recalls: Recalls
  readonly media: MediaStore
  /** Locks for work that one gateway does for all: the other gateways find its result. */
  readonly locks: NamedLocks
  readonly upkeep: Upkeep
  readonly clockNotes: ClockNotes
}

/** What a store has besides when one process uses it alone. */
export interface LocalStores extends Stores {
  readonly outbox: LocalOutbox
  readonly reader: LocalReader
  readonly busyMembers: BusyMembers
  readonly upkeep: LocalUpkeep
}

export type LocalOutbox = OutboxStore & ClaimStore

export type LocalReader = MessageReader & SendsReader
