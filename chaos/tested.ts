import type { GatewayProcess } from "./gateway/gateway-process.ts"
import type { Random } from "./lib/random.ts"
import type { World } from "./nemesis/live.ts"

export interface Trouble {
  readonly random: Random
  readonly world: World
  readonly kills: number
  /** With one gateway: the least number of posts in the run; each kill waits for its share of them. */
  readonly leastPosts: number
  readonly longestPauseMs: number
  readonly progress: (line: string) => void
  /** To be called when no more faults may begin that take a minute to end. */
  readonly calm: () => void
}

/** The gateways that a run is about: one on a file, or several on one database. */
export interface Tested extends AsyncDisposable {
  /** As in `sqlite:file.db` or `postgres://…`. */
  readonly database: string
  /** How many gateways run at the same time. */
  readonly nodes: number
  /** Starts the first gateway, configures it, and stops it. @returns how it ended */
  configure(work: (url: string) => Promise<void>): Promise<string>
  /** The address of a gateway that takes requests; undefined while there is none. */
  url(): string | undefined
  /** Kills them, as often as the run asks, and causes its other troubles. */
  trouble(trouble: Trouble): Promise<void>
  /** Starts all gateways, which then run until the end. @returns them */
  heal(): Promise<readonly GatewayProcess[]>
}
