import type { Clock } from "../clock.ts"
import type { Ledger } from "../ledger.ts"
import type { Org } from "../org/org.ts"
import type { CardCodes } from "../send/card-codes.ts"
import type { Settings } from "../settings.ts"

/** What of the world callbacks read and change. The world has them, so they cannot know it. */
export interface CallbackWorld {
  readonly clock: Clock
  readonly ledger: Ledger
  readonly cardCodes: CardCodes
  readonly org: Org
  readonly settings: Settings
}
