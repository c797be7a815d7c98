import type { Acceptor } from "../../accept/acceptor.ts"
import type { AppDirectory } from "../../accept/app-directory.ts"
import type { LargeBodyReader } from "../../accept/large-body-reader.ts"
import type { Templates } from "../../accept/templates/templates.ts"
import type { StockCheck } from "../../accept/stock-check.ts"
import type { CardChanger } from "../../delivery/commands/change-card.ts"
import type { Places } from "../../model/shares.ts"
import type { JumpAwareClock } from "../../model/jump-aware-clock.ts"
import type { Dispatcher } from "../../model/ports/dispatcher.ts"
import type { Stores } from "../../model/ports/stores.ts"
import type { DoorLog } from "../../model/ports/log.ts"
import type { DoorMetrics } from "../../model/ports/metrics.ts"
import type { AuditTrail } from "./audit-trail.ts"
import type { KeyRing } from "./key-ring.ts"
import type { SourceRing } from "./source-ring.ts"

/** Parts of the gateway that the HTTP side uses. */
export interface HttpDeps {
  readonly stores: Pick<
    Stores,
    | "reader"
    | "recalls"
    | "events"
    | "callbacks"
    | "chats"
    | "conversations"
    | "apps"
    | "corps"
    | "keys"
    | "sources"
    | "audit"
    | "upkeep"
    | "tokens"
    | "media"
  >
  readonly dispatcher: Dispatcher
  readonly acceptor: Acceptor
  readonly cards: CardChanger
  readonly apps: AppDirectory
  readonly keyRing: KeyRing
  readonly sourceRing: SourceRing
  readonly largeBodies: LargeBodyReader
  readonly templates: Pick<Templates, "check" | "render">
  readonly audit: AuditTrail
  readonly metrics: DoorMetrics
  readonly log: DoorLog
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly clock: Pick<JumpAwareClock, "doubtedExpiry">
  readonly limits: HttpLimits
  /** Whether there is room for another file. */
  readonly files: Pick<StockCheck, "pass">
  /** The places for event streams of this gateway. */
  readonly streams: Places
  /** The most unfinished messages that may be stored. */
  readonly backlogLimit: number
  /** True if requests are answered only under this machine's loopback names. */
  readonly onlyLoopbackNames: boolean
  /** The address of WeCom. */
  readonly wecomUrl: string
  readonly mcp: McpDeps
  /** Aborts when the gateway stops taking requests. */
  readonly stopping: AbortSignal
}

/** Settings that `/mcp` uses. */
interface McpDeps {
  /** Names, beside those of this machine, by which clients may call it. */
  readonly hosts: readonly string[]
  /** The same for all gateways on one database: the key that signs confirmations is derived from it. */
  readonly masterKey: Uint8Array
}

export interface HttpLimits {
  readonly bodyBytes: number
  /** If more are open, only health checks are answered. */
  readonly connections: number
  readonly headersTimeoutMs: number
  readonly requestTimeoutMs: number
  /** How long a client may leave its answer unread. */
  readonly unreadMs: number
  /** How long a connection may have no bytes in or out. */
  readonly stallMs: number
  /** How long a follower of events may read nothing while there is something for it. */
  readonly followerStallMs: number
  /** The limit for each key; 0 for no limit. */
  readonly requestsPerSecond: number
}
