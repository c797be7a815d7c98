import type { GatewayProcess } from "./gateway/gateway-process.ts"
import type { Random } from "./lib/random.ts"
import type { World } from "./nemesis/live.ts"

export interface Trouble {
  readonly random: Random
  readonly world: World
  readonly kills: number
  /** Of one gateway: each kill waits for its part of so many posts. */
  readonly leastPosts: number
  readonly longestPauseMs: number
  readonly progress: (line: string) => void
  /** From now on nothing is done that takes a minute to end. */
  readonly calm: () => void
}

/** The gateways that a run is about: one on a file, or several on one database. */
export interface Tested extends AsyncDisposable {
  /** As in `sqlite:file.db` or `postgres://…`. */
  readonly database: string
  /** How many live at a time. */
  readonly nodes: number
  /** Starts the first to configure it, and stops it. @returns how it ended */
  configure(work: (url: string) => Promise<void>): Promise<string>
  /** Of one that takes requests; undefined while there is none. */
  url(): string | undefined
  /** Kills them, as often as the run asks, and causes its other troubles. */
  trouble(trouble: Trouble): Promise<void>
  /** Starts them all, to stay. @returns those */
  heal(): Promise<readonly GatewayProcess[]>
}
