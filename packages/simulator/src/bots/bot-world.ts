import type { Callbacks } from "../callbacks/callbacks.ts"
import type { Clock } from "../clock.ts"
import type { Ledger } from "../ledger.ts"
import type { MemberRate } from "../limits/member-rate.ts"
import type { MediaLibrary } from "../media/media-library.ts"
import type { Org } from "../org/org.ts"
import type { TaskIds } from "../send/task-ids.ts"
import type { Settings } from "../settings.ts"
import type { Bots } from "./bots.ts"

/** What of the world smart robots read and change. The world has them, so they cannot know it. */
export interface BotWorld {
  readonly clock: Clock
  readonly ledger: Ledger
  readonly callbacks: Callbacks
  readonly memberRate: MemberRate
  readonly media: MediaLibrary
  readonly taskIds: TaskIds
  readonly bots: Bots
  readonly org: Org
  readonly settings: Settings
}
