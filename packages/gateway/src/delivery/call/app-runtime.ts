import type { Channel } from "../../channels/channel.ts"
import type { Governor } from "../../model/ports/governor.ts"
import type { AppRecord } from "../../model/ports/apps.ts"
import type { ConnectionCheck } from "../connection-check.ts"
import type { People } from "../../people/people.ts"

/** One app while the gateway runs: its way to WeCom, and what keeps it inside WeCom's limits. */
export interface AppRuntime {
  readonly app: AppRecord
  readonly channel: Channel
  readonly governor: Governor
  readonly people: People
  /** Undefined where the channel has no such request. */
  readonly connection: Pick<ConnectionCheck, "ask"> | undefined
}
