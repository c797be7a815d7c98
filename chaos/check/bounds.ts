import type { AppInRun, Happening } from "../history.ts"
import { LOOKUP_PATH, SEND_PATH, TOKEN_PATH } from "./evidence.ts"
import type { Evidence, Fault, LedgerCall } from "./evidence.ts"
import { Findings } from "./copies.ts"

/**
 * WeCom is asked no more than there is a reason for: no call twice, no token and no look-up that was not needed, no
 * member over their rate, nothing while it has told us to wait.
 */
export function judgeBounds({ happenings, calls }: Evidence): Fault[] {
  const findings = new Findings()
  const causes = new Causes(happenings)
  const apps = happenings.flatMap((happening) => (happening.kind === "run" ? happening.apps : []))
  judgeSizes(calls, findings)
  judgeRepeats(calls, causes, findings)
  judgeLookups(calls, causes, findings)
  judgeTokens(calls, happenings, apps.length, causes, findings)
  judgeMemberRates(calls, apps, findings)
  judgeThrottling(calls, causes, findings)
  return findings.list()
}

/** What may make the gateway ask again. */
class Causes {
  /** Deaths, and pauses in which every deadline passes. */
  readonly #upsets: readonly Happening[]
  readonly #wire: readonly (Happening & { kind: "wire" })[]

  constructor(happenings: readonly Happening[]) {
    this.#upsets = happenings.filter(({ kind }) => kind === "died" || kind === "paused")
    this.#wire = happenings.filter((happening) => happening.kind === "wire")
  }

  /** Was the answer of a call lost, or what was made of it? */
  spoilt({ at, path, errcode }: LedgerCall, until: number): boolean {
    if (errcode === null) return true
    if (this.#upsets.some((upset) => upset.at >= at - CLOCK_SLACK_MS && upset.at <= until)) return true
    // Chosen with the first byte of the request, which may take its time, or come while the reply is on its way.
    return this.#wire.some((fault) => fault.path === path && fault.at <= at + 500 && fault.at >= at - 1000)
  }
}

const CLOCK_SLACK_MS = 50
/** What an answer brought is on the disk after it. */
const STORED_AFTER_MS = 1000

function judgeSizes(calls: readonly LedgerCall[], findings: Findings): void {
  for (const { userCount = 0, seq } of calls) {
    if (userCount > 1000) findings.add("unbounded", `call ${seq} carries ${userCount} users`, 1)
  }
}

/** Without the check equal bodies are equal messages; those are counted as copies. */
function judgeRepeats(calls: readonly LedgerCall[], causes: Causes, findings: Findings): void {
  const sends = calls.filter(({ path, isChecked }) => path === SEND_PATH && isChecked === true)
  for (const same of Map.groupBy(sends, ({ sha256, agentId }) => `${agentId} ${sha256}`).values()) {
    for (const [first, repeat] of pairs(same)) {
      if (first.errcode !== 0 || causes.spoilt(first, repeat.at + CLOCK_SLACK_MS)) continue
      findings.add("unbounded", `${first.topic}: call ${first.seq} was answered and repeated as ${repeat.seq}`, 1)
    }
  }
}

function judgeLookups(calls: readonly LedgerCall[], causes: Causes, findings: Findings): void {
  const lookups = calls.filter(({ path }) => path === LOOKUP_PATH)
  for (const same of Map.groupBy(lookups, ({ mobile }) => mobile).values()) {
    for (const [first, again] of pairs(same)) {
      const isDefinite = first.errcode === 0 || first.errcode === NO_SUCH_MOBILE
      if (!isDefinite || causes.spoilt(first, Math.min(first.at + STORED_AFTER_MS, again.at))) continue
      findings.add("unbounded", `look-up ${first.seq} was answered and asked again as ${again.seq}`, 1)
    }
  }
  const most = mostWithin(
    lookups.map(({ at }) => at),
    60_000,
  )
  if (most > 10_000) findings.add("unbounded", `${most} look-ups in a minute`, most - 10_000)
}

const NO_SUCH_MOBILE = 46004

function judgeTokens(
  calls: readonly LedgerCall[],
  happenings: readonly Happening[],
  appCount: number,
  causes: Causes,
  findings: Findings,
): void {
  const asked = calls.filter(({ path }) => path === TOKEN_PATH)
  const wasted = asked.filter((call) => causes.spoilt(call, call.at + STORED_AFTER_MS)).length
  const revocations = happenings.filter(({ kind }) => kind === "tokens_revoked").length
  const most = appCount * (1 + revocations) + wasted
  if (asked.length > most) findings.add("unbounded", `${asked.length} tokens for ${most} reasons`, asked.length - most)
}

function judgeMemberRates(calls: readonly LedgerCall[], apps: readonly AppInRun[], findings: Findings): void {
  for (const { agentId, name, memberPerMinute } of apps) {
    const times = new Map<string, number[]>()
    for (const call of calls) {
      if (call.path !== SEND_PATH || call.agentId !== agentId) continue
      if (call.dropped.length > 0)
        findings.add("lost", `${call.topic}: dropped by WeCom over the rate of a member`, call.dropped.length)
      for (const person of [...call.shown, ...call.dropped]) times.set(person, [...(times.get(person) ?? []), call.at])
    }
    for (const [person, at] of times) {
      const most = mostWithin(at, 60_000)
      if (most > memberPerMinute)
        findings.add("unbounded", `${name}: ${most} messages to ${person} in a minute`, most - memberPerMinute)
    }
  }
}

/** After 45009 an API is left alone. Calls that were under way together all get it. */
function judgeThrottling(calls: readonly LedgerCall[], causes: Causes, findings: Findings): void {
  const sends = calls.filter(({ path }) => path === SEND_PATH)
  for (const [agentId, ofApp] of Map.groupBy(sends, ({ agentId }) => agentId)) {
    let closed: LedgerCall | undefined
    for (const call of ofApp) {
      const isEarly = closed !== undefined && call.at > closed.at + UNDER_WAY_MS && call.at < closed.at + BLOCK_MS
      if (closed !== undefined && isEarly && !causes.spoilt(closed, closed.at + STORED_AFTER_MS)) {
        findings.add("unbounded", `app ${agentId}: a call ${call.at - closed.at} ms after 45009`, 1)
      }
      if (call.errcode === THROTTLED) closed = call
    }
  }
}

const THROTTLED = 45009
const UNDER_WAY_MS = 2000
const BLOCK_MS = 55_000

/** The most that lie inside any window of this length. */
export function mostWithin(times: readonly number[], windowMs: number): number {
  const sorted = times.toSorted((a, b) => a - b)
  let from = 0
  let most = 0
  for (const [to, at] of sorted.entries()) {
    while ((sorted[from] ?? 0) <= at - windowMs) from++
    most = Math.max(most, to - from + 1)
  }
  return most
}

function pairs<T>(items: readonly T[]): (readonly [T, T])[] {
  return items.slice(1).map((item, index) => [items[index] ?? item, item] as const)
}
