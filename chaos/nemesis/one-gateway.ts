import { GatewayProcess } from "../gateway/gateway-process.ts"
import { Lives } from "../gateway/lives.ts"
import type { GatewayPlan } from "../gateway/plan.ts"
import type { Tested, Trouble } from "../tested.ts"
import { endings, shortLives } from "./ending.ts"
import { live, surroundingsOf } from "./live.ts"
import type { Place } from "./live.ts"

/** From this part of the kills on, no alert exceeds a member's rate and no fault stops an app, so that the end need not wait. */
export const CALMER_AFTER = 0.6

/** One gateway on a file, killed and started again and again. */
export class OneGateway implements Tested {
  readonly nodes = 1
  readonly database: string
  readonly #spawn: () => GatewayProcess
  #lives: Lives | undefined

  /** @param output file handle for what the processes log */
  constructor(plan: GatewayPlan, output: number) {
    this.database = plan.database
    this.#spawn = () => new GatewayProcess(plan, { output })
  }

  async configure(work: (url: string) => Promise<void>): Promise<string> {
    const first = this.#spawn()
    await work(await first.start())
    // A stop also stores the compiled code, for the processes that will be killed.
    const end = await first.stop()
    this.#lives = new Lives(this.#spawn)
    return end
  }

  url(): string | undefined {
    return this.#lives?.current?.url
  }

  async trouble({ random, world, kills, leastPosts, longestPauseMs, progress, calm }: Trouble): Promise<void> {
    const { history, load } = world
    const surroundings = surroundingsOf(world, 1, ALONE)
    const nextEnding = endings(random.fork("endings"), shortLives(longestPauseMs))
    for (let life = 1; life <= kills; life++) {
      if (life > kills * CALMER_AFTER) calm()
      const gateway = await this.#begin()
      const ending = nextEnding()
      const cause = ending.kind === "at_point" ? ending.crashPoint.point : ending.kind
      // Each kill waits for some posts, because a run without work would prove nothing.
      const due = Math.floor((leastPosts * life) / kills)
      const death = await live(gateway, life, ending, { ...surroundings, leastPosts: due })
      history.add({ kind: "died", node: 1, life, cause, ...death })
      if (life % 50 === 0) progress(`${life} kills, ${load.posts} posts`)
    }
  }

  async heal(): Promise<readonly GatewayProcess[]> {
    const gateway = await this.#begin()
    await gateway.start()
    return [gateway]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lives?.end()
  }

  #begin(): Promise<GatewayProcess> {
    if (this.#lives === undefined) throw new Error("it is not configured yet")
    return this.#lives.begin()
  }
}

/** A single gateway may be down at any time. */
const ALONE: Place = { take: () => Promise.resolve(), leave: () => undefined }
