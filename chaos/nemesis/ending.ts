import type { CrashPoint } from "../gateway/plan.ts"
import type { Random } from "../lib/random.ts"
import type { Phase } from "../history.ts"

/** How a life of the gateway is to end. Times count from the moment it is ready. */
export type Ending =
  | { readonly kind: "while_starting"; readonly afterMs: number }
  | { readonly kind: "at_random"; readonly afterMs: number }
  /** It is killed when it has nothing to do, or else after a while. */
  | { readonly kind: "idle" }
  /** It kills itself at a point of its code, or is killed when it has not reached the point within this time. */
  | { readonly kind: "at_point"; readonly crashPoint: CrashPoint; readonly withinMs: number }
  /** It is paused for a while, and killed soon after it resumes. */
  | { readonly kind: "after_pause"; readonly pauseMs: number; readonly afterMs: number }

/** Draws endings, each kind and each point exactly as often as planned, or a short run would miss a phase by chance. */
export function endings(random: Random, lives: Lifetimes): () => Ending {
  const drawKind = random.deck(lives.kinds)
  const drawPoint = random.deck(POINTS)
  return () => endingOf(drawKind(), drawPoint, random, lives)
}

export interface Lifetimes {
  /** The weight of each kind of ending. */
  readonly kinds: Readonly<Record<EndingKind, number>>
  readonly longestStartMs: number
  readonly longestPauseMs: number
  /** The longest time from the end of a pause to the kill. */
  readonly longestAfterPauseMs: number
  readonly longestWaitForPointMs: number
}

/** For a single gateway: most of what can go wrong is in its start, so its lives are short. */
export function shortLives(longestPauseMs: number): Lifetimes {
  return {
    kinds: { soon: 11, later: 2, starting: 3, idle: 3, point: 7, pause: 2 },
    longestStartMs: 60,
    longestPauseMs,
    longestAfterPauseMs: 125,
    // Long enough that each phase is met on a slow machine too.
    longestWaitForPointMs: 10_000,
  }
}

/**
 * For one of several nodes: while it starts, another node is to take over its work. Long pauses are rare, or all nodes would be
 * paused at once; most nodes continue for a while after a pause, and find that they have lost their work.
 */
export function longLives(longestPauseMs: number): Lifetimes {
  return {
    kinds: { soon: 4, later: 10, starting: 2, idle: 0, point: 7, pause: 3 },
    longestStartMs: 1500,
    longestPauseMs,
    longestAfterPauseMs: 3000,
    longestWaitForPointMs: 3000,
  }
}

type EndingKind = "soon" | "later" | "starting" | "idle" | "point" | "pause"

function endingOf(
  kind: EndingKind,
  drawPoint: () => CrashPoint["point"],
  random: Random,
  { longestStartMs, longestPauseMs, longestAfterPauseMs, longestWaitForPointMs }: Lifetimes,
): Ending {
  switch (kind) {
    case "soon":
      return { kind: "at_random", afterMs: random.integer(5, 125) }
    case "later":
      return { kind: "at_random", afterMs: random.integer(300, 1500) }
    case "starting":
      return { kind: "while_starting", afterMs: random.integer(0, longestStartMs) }
    case "idle":
      return { kind: "idle" }
    case "point":
      return {
        kind: "at_point",
        crashPoint: { point: drawPoint(), hit: random.integer(1, 3) },
        withinMs: longestWaitForPointMs,
      }
    case "pause":
      break
  }
  const pauseMs = random.integer(longestPauseMs / 120, longestPauseMs)
  return { kind: "after_pause", pauseMs, afterMs: random.integer(5, longestAfterPauseMs) }
}

/** The points of `wecom-push:point`, each with its weight, chosen so that each phase is met. */
const POINTS = {
  "accept.before_commit": 2,
  "accept.after_commit": 2,
  "resolve.after_one": 4,
  "begin.before_commit": 1,
  "begin.after_commit": 2,
  "send.before_write": 2,
  "send.after_write": 2,
  "settle.before_commit": 6,
  "settle.after_commit": 2,
  "token.after_reply": 1,
} as const

/** The phase of a process that kills itself at this point. */
export function phaseAt({ point }: CrashPoint): Phase {
  const [where] = point.split(".", 1)
  return where === "accept" || where === "resolve" || where === "settle" ? where : "in_flight"
}
