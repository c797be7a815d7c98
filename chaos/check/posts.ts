import type { Addressee, Channel, Happening } from "../history.ts"

/** A message as its client knows it. */
export interface Post {
  readonly number: number
  readonly app: string
  readonly topic: string
  readonly sendAt: number | null
  readonly lane: string | null
  readonly to: readonly Addressee[]
  /** Undefined: `message/send` alone. */
  readonly channel: Channel | undefined
  /** The app that sends a smart robot's message to members who have no conversation with the robot. */
  readonly otherApp: string | undefined
  /** `ok`: the gateway answered 2xx at least once. `fail`: it refused. `info`: the outcome is unknown. */
  readonly outcome: "ok" | "fail" | "info"
  /** Every message id that the client was answered; more than one means that idempotency is broken. */
  readonly ids: ReadonlySet<string>
  /** A cancel or a recall was requested, and perhaps done. */
  readonly mayBeCancelled: boolean
  readonly mayBeRecalled: boolean
  /** It was retried, and its app was deleted, perhaps before the retry. */
  readonly mayLoseItsApp: boolean
  /** How often people in doubt were perhaps retried: each time they may get a second copy. */
  readonly retriesInDoubt: number
}

interface OpenPost extends Omit<Post, "ids"> {
  outcome: Post["outcome"]
  ids: Set<string>
  mayBeCancelled: boolean
  mayBeRecalled: boolean
  mayLoseItsApp: boolean
  retriesInDoubt: number
}

export function postsOf(happenings: readonly Happening[]): Post[] {
  const posts = new Map<number, OpenPost>()
  const deleted = deletedApps(happenings)
  const hasSeveralNodes = nodesIn(happenings) > 1
  let passed = ""
  let passedAt = -Infinity
  for (const happening of happenings) {
    if (happening.kind === "post") {
      const { post: number, app, topic, sendAt, lane, to, channel, otherApp } = happening
      posts.set(number, {
        number,
        app,
        topic,
        sendAt,
        lane,
        to,
        channel,
        otherApp,
        outcome: "info",
        ids: new Set(),
        mayBeCancelled: false,
        mayBeRecalled: false,
        mayLoseItsApp: hasSeveralNodes && app === passed && happening.at < passedAt + KNOWN_TO_ALL_MS,
        retriesInDoubt: 0,
      })
    } else if (happening.kind === "app_change" && happening.change === "deleted" && happening.step === "done") {
      passed = happening.app
      passedAt = happening.at
    } else if (happening.kind === "tried") {
      const post = posts.get(happening.post)
      if (post === undefined) throw new Error(`the log tells of a try of post ${happening.post} and not of the post`)
      // A refusal is final only for a post that was never accepted; it does not cancel a 2xx.
      if (happening.outcome === "ok") post.outcome = "ok"
      else if (happening.outcome === "fail" && post.outcome === "info") post.outcome = "fail"
      if (happening.id !== null) post.ids.add(happening.id)
    } else if (isCommand(happening) && happening.outcome !== "fail") {
      const post = posts.get(happening.post)
      if (post === undefined) continue
      // A recall cancels what has not gone out.
      if (happening.kind !== "retry") post.mayBeCancelled = true
      if (happening.kind === "recall") post.mayBeRecalled = true
      if (happening.kind === "retry" && deleted.has(post.app)) post.mayLoseItsApp = true
      if (happening.kind === "retry" && happening.states.includes("in_doubt")) post.retriesInDoubt++
    }
  }
  return [...posts.values()]
}

/** How many gateways share one database. */
export function nodesIn(happenings: readonly Happening[]): number {
  return Math.max(1, ...happenings.map((one) => (one.kind === "run" ? one.nodes : 1)))
}

function deletedApps(happenings: readonly Happening[]): Set<string> {
  return new Set(happenings.flatMap((one) => (one.kind === "app_change" && one.change === "deleted" ? one.app : [])))
}

function isCommand(happening: Happening): happening is Happening & { kind: "cancel" | "recall" | "retry" } {
  return happening.kind === "cancel" || happening.kind === "recall" || happening.kind === "retry"
}

/** The time until all nodes know a change: until then another node may accept a request that this one would refuse. */
const KNOWN_TO_ALL_MS = 1000
