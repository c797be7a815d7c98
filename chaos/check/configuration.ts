import type { AppInRun, Happening } from "../history.ts"
import { SEND_PATH, TOKEN_PATH } from "./evidence.ts"
import type { Evidence, Fault, LedgerCall } from "./evidence.ts"
import { Findings } from "./findings.ts"
import { nodesIn, postsOf } from "./posts.ts"

/** Nothing goes out with a configuration that was replaced before it began, and nothing of an app that was deleted. */
export function judgeConfiguration({ happenings, calls }: Evidence): Fault[] {
  const findings = new Findings()
  judgeAgents(happenings, calls, findings)
  judgeSecrets(happenings, calls, findings)
  return findings.list()
}

/** An agent id that an app has, or may have: from the request of a change until the next change is done. */
interface Span {
  readonly agentId: number
  readonly from: number
  until: number
}

function judgeAgents(happenings: readonly Happening[], calls: readonly LedgerCall[], findings: Findings): void {
  const appOf = new Map(postsOf(happenings).map(({ topic, app }) => [topic, app]))
  const spans = spansOf(happenings)
  for (const { path, topic = "", agentId, at } of calls) {
    const ofApp = spans.get(appOf.get(topic) ?? "")
    if (path !== SEND_PATH || ofApp === undefined) continue
    if (ofApp.some((span) => span.agentId === agentId && at >= span.from && at <= span.until)) continue
    findings.add("unexpected", "sent with an agent id that the app has not", `${topic}: ${agentId}`)
  }
}

function spansOf(happenings: readonly Happening[]): Map<string, Span[]> {
  const spans = new Map<string, Span[]>()
  for (const happening of happenings) {
    if (happening.kind === "run") for (const app of happening.apps) spans.set(app.name, [firstSpan(app)])
    if (happening.kind !== "app_change") continue
    const { app, change, step, agentId, at } = happening
    const ofApp = spans.get(app) ?? []
    if (step === "asked") ofApp.push({ agentId, from: at - CLOCK_SLACK_MS, until: Infinity })
    else {
      const before = ofApp.at(-2)
      if (before !== undefined) before.until = change === "deleted" ? at + CLOCK_SLACK_MS : lastUnderWay(at, happenings)
    }
  }
  return spans
}

/**
 * When the last call with the earlier configuration may arrive: after the end of a node's pause, if another node took the
 * change meanwhile, or once a node that had lost its connections hears of changes again.
 */
function lastUnderWay(at: number, happenings: readonly Happening[]): number {
  const ends = happenings.flatMap((one) => {
    const end = endOfDeafness(one)
    return end !== undefined && one.at - (one.kind === "database" ? one.forMs : 0) <= at && end >= at ? end : []
  })
  return Math.max(at, ...ends) + (nodesIn(happenings) > 1 ? HEARD_WITHIN_MS : 0) + UNDER_WAY_MS
}

function endOfDeafness(one: Happening): number | undefined {
  if (one.kind === "paused") return one.at + one.forMs
  return one.kind === "database" ? one.at + HEARS_AGAIN_MS : undefined
}

function firstSpan({ agentId }: AppInRun): Span {
  return { agentId, from: -Infinity, until: Infinity }
}

/** The ledger does not say which secret a request had, but WeCom refuses a wrong one. */
function judgeSecrets(happenings: readonly Happening[], calls: readonly LedgerCall[], findings: Findings): void {
  const wrong = wrongSecretSpans(happenings)
  const underWayMs = nodesIn(happenings) > 1 ? HEARD_WITHIN_MS + TURN_FOR_TOKEN_MS : UNDER_WAY_MS
  for (const { path, errcode, at, seq } of calls) {
    if (path !== TOKEN_PATH || errcode !== WRONG_SECRET) continue
    if (wrong.some(({ from, until }) => at >= from - CLOCK_SLACK_MS && at <= until + underWayMs)) continue
    findings.add("unexpected", "a token asked for with a secret that was replaced", `call ${seq}`)
  }
}

/** When the gateway had, or may have had, a secret that WeCom does not know. */
export function wrongSecretSpans(
  happenings: readonly Happening[],
): readonly { readonly from: number; readonly until: number }[] {
  const open = new Map<string, number>()
  const spans: { from: number; until: number }[] = []
  for (const happening of happenings) {
    if (happening.kind !== "app_change") continue
    const { app, change, step, at } = happening
    const from = open.get(app)
    if (step === "asked" && (change === "secret_wrong" || change === "secret_reset")) open.set(app, at)
    if (step !== "done" || change !== "mended" || from === undefined) continue
    open.delete(app)
    spans.push({ from, until: at })
  }
  return [...spans, ...[...open.values()].map((from) => ({ from, until: Infinity }))]
}

export const WRONG_SECRET = 40001
const CLOCK_SLACK_MS = 50
/** From the freeze of a call's bytes until WeCom has them, on a machine that starts many processes at once. */
export const UNDER_WAY_MS = 5000
/** The time until other nodes know of a change: a second, and more on a busy machine. */
const HEARD_WITHIN_MS = 2000
/** The time until a node whose connections have ended has new ones, and has read the changes that it missed. */
const HEARS_AGAIN_MS = 3000
/** A node that does not know the change yet may wait for another that asks with the same secret, and then ask itself. */
const TURN_FOR_TOKEN_MS = 15_000
