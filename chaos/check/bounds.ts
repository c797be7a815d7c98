import type { AppInRun, Happening } from "../history.ts"
import { UNDER_WAY_MS, WRONG_SECRET, wrongSecretSpans } from "./configuration.ts"
import { LOOKUP_PATH, SEND_PATH, TOKEN_PATH } from "./evidence.ts"
import type { Evidence, Fault, LedgerCall } from "./evidence.ts"
import { Findings } from "./findings.ts"
import { nodesIn } from "./posts.ts"

/**
 * The gateway makes no request to WeCom without a reason: no call twice, no token and no look-up that was not needed, no
 * member over their rate, nothing while WeCom asks it to wait.
 */
export function judgeBounds({ happenings, calls }: Evidence): Fault[] {
  const findings = new Findings()
  const causes = new Causes(happenings)
  const apps = happenings.flatMap((happening) => (happening.kind === "run" ? happening.apps : []))
  judgeSizes(calls, findings)
  judgeRepeats(calls, causes, findings)
  judgeLookups(calls, happenings, causes, findings)
  judgeTokens(calls, happenings, apps.length, causes, findings)
  judgeMemberRates(calls, apps, findings)
  judgeThrottling(calls, causes, findings)
  judgeRollingRestarts(happenings, findings)
  return findings.list()
}

/** The events of a run that may make the gateway ask again. */
class Causes {
  readonly #upsets: readonly Upset[]
  readonly #stops: readonly Upset[]
  /** How long after an answer its content is stored: longer in a database that other nodes write to as well. */
  readonly storedAfterMs: number
  readonly #lives: readonly (Happening & { kind: "started" | "died" })[]
  readonly #wire: readonly (Happening & { kind: "wire" })[]
  readonly #slow: readonly (Happening & { kind: "slow" })[]

  constructor(happenings: readonly Happening[]) {
    this.#upsets = upsetsIn(happenings)
    this.#stops = happenings.flatMap((one) =>
      one.kind === "stopped" ? { kind: one.kind, node: one.node, from: one.at - one.afterMs, until: one.at } : [],
    )
    this.storedAfterMs = nodesIn(happenings) > 1 ? 2 * STORED_AFTER_MS : STORED_AFTER_MS
    this.#lives = happenings.filter((one) => one.kind === "started" || one.kind === "died")
    this.#wire = happenings.filter((happening) => happening.kind === "wire")
    this.#slow = happenings.filter((happening) => happening.kind === "slow")
  }

  /** Whether the answer of a call may have been lost, or its result before it was stored. */
  spoilt(call: LedgerCall, until: number): boolean {
    const { at, errcode } = call
    if (errcode === null || call.exchange === undefined || this.#isOfTheDead(call)) return true
    const latest = until + this.lateBy(call)
    const isUpset = (upset: Upset): boolean => upset.until >= at - CLOCK_SLACK_MS && upset.from <= latest
    if (this.#upsets.some((upset) => concerns(upset, call) && isUpset(upset))) return true
    return this.#wire.some((fault) => isOf(fault, call))
  }

  /** A busy driver may see the death of its node later than another node, which then makes the call again. */
  isOfADeathSeenLate(call: LedgerCall, repeat: LedgerCall): boolean {
    return this.#lives.some(
      ({ kind, node, at }) =>
        kind === "died" && node === call.node && at >= call.at && at <= repeat.at + DEATH_SEEN_LATE_MS,
    )
  }

  /** On a busy machine a request may arrive a while after the death of the process that made it. */
  #isOfTheDead(call: LedgerCall): boolean {
    const last = this.#lives.findLast((happening) => concerns(happening, call) && happening.at < call.at)
    return last?.kind === "died"
  }

  /**
   * A call that a node had frozen before it was paused may arrive when the node resumes, though another node has sent it
   * meanwhile; but not when the pause was longer than a call may last.
   */
  isOfTheFrozen(repeat: LedgerCall, firstAt: number): boolean {
    return this.#upsets.some(
      (upset) =>
        upset.kind === "paused" &&
        concerns(upset, repeat) &&
        upset.until - upset.from < LONGEST_BEGUN_MS &&
        firstAt >= upset.from &&
        firstAt <= upset.until + CLOCK_SLACK_MS &&
        repeat.at <= upset.until + TAKEN_FOR_DEAD_MS,
    )
  }

  /** A node that was asked to stop does not wait for the answers to its requests. */
  isOfAStop(call: LedgerCall, until: number): boolean {
    const latest = until + this.lateBy(call)
    return this.#stops.some((stop) => concerns(stop, call) && stop.from <= latest && stop.until >= call.at)
  }

  /** How much later its answer may have come, in milliseconds. */
  lateBy(call: LedgerCall): number {
    return Math.max(0, ...this.#slow.filter((answer) => isOf(answer, call)).map(({ ms }) => ms))
  }
}

/** The spans in which a gateway may have lost an answer, so that it may ask again. */
function upsetsIn(happenings: readonly Happening[]): Upset[] {
  return happenings.flatMap((one) => {
    if (one.kind === "died") return { kind: one.kind, node: one.node, from: one.at, until: one.at }
    // Every deadline passes during the pause, and after it the call that was about to go out does so.
    if (one.kind === "paused") return { kind: one.kind, node: one.node, from: one.at, until: one.at + one.forMs }
    // Other nodes take a node that has lost its session for dead, while it finishes the work it has begun.
    if (one.kind === "database")
      return { kind: one.kind, node: one.node, from: one.at - one.forMs, until: one.at + TAKEN_FOR_DEAD_MS }
    return []
  })
}

interface Upset {
  readonly kind: "died" | "paused" | "stopped" | "database"
  readonly node: number | null
  readonly from: number
  readonly until: number
}

/** An event of one node explains no call of another. */
function concerns({ node }: { readonly node: number | null }, call: LedgerCall): boolean {
  return node === null || call.node === undefined || node === call.node
}

function isOf(fault: { readonly exchange: string }, { exchange }: LedgerCall): boolean {
  return fault.exchange === exchange
}

const CLOCK_SLACK_MS = 50
const DEATH_SEEN_LATE_MS = 1000
/** The time until a node that has lost its session has another, and has finished what it had begun before. */
const TAKEN_FOR_DEAD_MS = 3000
/** Counted from the moment at which the bytes of a call are frozen: a call that has not gone out by then does not go out. */
const LONGEST_BEGUN_MS = 15_000
/** The content of an answer is on the disk this long after it. */
const STORED_AFTER_MS = 1000

function judgeSizes(calls: readonly LedgerCall[], findings: Findings): void {
  for (const { userCount = 0, seq } of calls) {
    if (userCount > 1000) findings.add("unbounded", "a call carries more than 1000 users", `call ${seq}`)
  }
}

/** Only calls with the duplicate check: without it equal bodies are equal messages, which `judgeCopies` counts. */
function judgeRepeats(calls: readonly LedgerCall[], causes: Causes, findings: Findings): void {
  const sends = calls.filter(({ path, isChecked }) => path === SEND_PATH && isChecked === true)
  for (const same of Map.groupBy(sends, ({ sha256, agentId }) => `${agentId} ${sha256}`).values()) {
    for (const [first, repeat] of pairs(same)) {
      if (first.errcode !== 0 || causes.spoilt(first, repeat.at + CLOCK_SLACK_MS)) continue
      if (causes.isOfTheFrozen(repeat, first.at) || causes.isOfADeathSeenLate(first, repeat)) continue
      findings.add(
        "unbounded",
        "a call was answered and is repeated",
        `${first.topic}, calls ${first.seq} and ${repeat.seq}`,
      )
    }
  }
}

/** Apps see different members, so that each may have to ask for the same number. */
function judgeLookups(
  calls: readonly LedgerCall[],
  happenings: readonly Happening[],
  causes: Causes,
  findings: Findings,
): void {
  const lookups = calls.filter(({ path }) => path === LOOKUP_PATH)
  const asking = appsAsking(happenings)
  const again = askedAnew(happenings)
  const changed = identities(happenings)
  for (const [mobile = "", same] of Map.groupBy(lookups, ({ mobile }) => mobile)) {
    const isStored = (call: LedgerCall): boolean =>
      !causes.spoilt(call, call.at + causes.storedAfterMs) && !causes.isOfAStop(call, call.at + causes.storedAfterMs)
    const kept = same.filter((call) => isDefinite(call) && isStored(call))
    const apps = [...(asking.get(mobile) ?? [])]
    const most = apps.reduce((sum, app) => sum + 1 + (changed.get(app) ?? 0), again.get(mobile) ?? 0)
    if (kept.length > most) {
      const place = `${kept.length} for ${most} reasons, calls ${kept.map(({ seq }) => seq).join(" ")}`
      findings.add("unbounded", "a look-up was answered and is asked again", place, kept.length - most)
    }
  }
  const most = mostLookups(calls)
  const allowed = lookupsAllowed(happenings)
  if (most > allowed) findings.add("unbounded", "too many look-ups in a minute", `${most}`, most - allowed)
}

/** The most look-ups in any minute. A run has one corp. */
export function mostLookups(calls: readonly LedgerCall[]): number {
  const times = calls.filter(({ path }) => path === LOOKUP_PATH).map(({ at }) => at)
  return mostWithin(times, MINUTE_MS)
}

function lookupsAllowed(happenings: readonly Happening[]): number {
  return Math.max(0, ...happenings.map((one) => (one.kind === "run" ? one.lookupsPerMinute : 0)))
}

function appsAsking(happenings: readonly Happening[]): Map<string, Set<string>> {
  const asking = new Map<string, Set<string>>()
  for (const happening of happenings) {
    if (happening.kind !== "post") continue
    for (const { type, address } of happening.to) {
      if (type === "mobile") asking.set(address, (asking.get(address) ?? new Set()).add(happening.app))
    }
  }
  return asking
}

/** How often each app got another agent id or secret: look-up answers are stored for one agent id and its secret. */
function identities(happenings: readonly Happening[]): Map<string, number> {
  const changed = new Map<string, number>()
  for (const happening of happenings) {
    if (happening.kind !== "app_change" || happening.step !== "asked") continue
    const { app, change } = happening
    if (change === "agent_wrong" || change === "secret_reset") changed.set(app, (changed.get(app) ?? 0) + 1)
  }
  return changed
}

/** How often each number may have been asked for again because of a retry. */
function askedAnew(happenings: readonly Happening[]): Map<string, number> {
  const numbers = new Map<number, readonly string[]>()
  const again = new Map<string, number>()
  for (const happening of happenings) {
    if (happening.kind === "post") {
      const mobiles = happening.to.filter(({ type }) => type === "mobile").map(({ address }) => address)
      numbers.set(happening.post, mobiles)
    } else if (happening.kind === "retry" && happening.outcome !== "fail") {
      for (const number of numbers.get(happening.post) ?? []) again.set(number, (again.get(number) ?? 0) + 1)
    }
  }
  return again
}

function isDefinite({ errcode }: LedgerCall): boolean {
  return errcode === 0 || errcode === NO_SUCH_MOBILE
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
  const [refused, given] = [true, false].map((isRefused) =>
    asked.filter(({ errcode }) => (errcode === WRONG_SECRET) === isRefused),
  )
  const wrong = wrongSecretSpans(happenings)
  const revocations = happenings.filter(({ kind }) => kind === "tokens_revoked").length
  const wasted = (some: readonly LedgerCall[] = []): number =>
    some.filter((call) => causes.spoilt(call, call.at + causes.storedAfterMs)).length
  const judge = (some: readonly LedgerCall[] = [], reasons: number, text: string): void => {
    const most = reasons + wasted(some)
    if (some.length > most) findings.add("unbounded", text, `${some.length}, ${most}`, some.length - most)
  }
  judge(given, appCount * (1 + revocations) + wrong.length, "more tokens than reasons for them")
  // A wrong secret is tried once, and once a minute after that.
  const tries = wrong.reduce((sum, { from, until }) => sum + 1 + Math.floor((until - from) / BLOCK_MS), 0)
  judge(refused, tries, "asked more often with a wrong secret than to see whether it was mended")
}

function judgeMemberRates(calls: readonly LedgerCall[], apps: readonly AppInRun[], findings: Findings): void {
  for (const { path, topic, dropped } of calls) {
    if (path === SEND_PATH && dropped.length > 0)
      findings.add("lost", "dropped by WeCom over the rate of a member", `${topic}`, dropped.length)
  }
  for (const { agentId, name, memberPerMinute } of apps) {
    for (const [person, most] of mostOfMembers(calls, agentId)) {
      if (most > memberPerMinute)
        findings.add(
          "unbounded",
          "too many messages to a member in a minute",
          `${name}, ${person}: ${most}`,
          most - memberPerMinute,
        )
    }
  }
}

/** How many messages each member got from an agent in any minute, with those that WeCom dropped. */
export function mostOfMembers(calls: readonly LedgerCall[], agentId: number): Map<string, number> {
  const times = new Map<string, number[]>()
  for (const call of calls) {
    if (call.path !== SEND_PATH || call.agentId !== agentId) continue
    for (const person of [...call.shown, ...call.dropped]) times.set(person, [...(times.get(person) ?? []), call.at])
  }
  return new Map([...times].map(([person, at]) => [person, mostWithin(at, MINUTE_MS)]))
}

/**
 * After 45009 the gateway makes no more calls to that API. Calls that were under way together all get it; so does a call that
 * had been refused for its token before, even if it waits long for another token.
 */
function judgeThrottling(calls: readonly LedgerCall[], causes: Causes, findings: Findings): void {
  const sends = calls.filter(({ path }) => path === SEND_PATH)
  for (const [agentId, ofApp] of Map.groupBy(sends, ({ agentId }) => agentId)) {
    let closed: LedgerCall | undefined
    const lastTries = new Map<string, LedgerCall>()
    for (const call of ofApp) {
      const { topic = "" } = call
      const lastTry = lastTries.get(topic)
      lastTries.set(topic, call)
      const isEarly =
        closed !== undefined &&
        !(lastTry !== undefined && lastTry.at <= closed.at && TOKEN_REFUSED.has(lastTry.errcode)) &&
        call.at > closed.at + causes.lateBy(closed) + UNDER_WAY_MS &&
        call.at < closed.at + BLOCK_MS
      if (closed !== undefined && isEarly && !causes.spoilt(closed, closed.at + causes.storedAfterMs)) {
        findings.add("unbounded", "a call soon after 45009", `app ${agentId}, ${call.at - closed.at} ms`)
      }
      if (call.errcode === THROTTLED) closed = call
    }
  }
}

/** The nodes restart one after another, so there is always one that takes requests. */
function judgeRollingRestarts(happenings: readonly Happening[], findings: Findings): void {
  for (const [index, one] of happenings.filter((happening) => happening.kind === "rolled").entries()) {
    const text = "requests without an answer while nodes were restarted one after another"
    if (one.unserved > 0) findings.add("unbounded", text, `rolling restart ${index + 1}`, one.unserved)
  }
}

const THROTTLED = 45009
export const TOKEN_REFUSED: ReadonlySet<number | null> = new Set([40001, 40014, 42001])
const MINUTE_MS = 60_000
const BLOCK_MS = 55_000

/** The largest number of times inside any window of this length. */
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
