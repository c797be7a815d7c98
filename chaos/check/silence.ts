import type { Happening, Trouble } from "../history.ts"
import { SEND_PATH } from "./evidence.ts"
import type { Evidence, Fault } from "./evidence.ts"
import { Findings } from "./findings.ts"
import { nodesIn, postsOf } from "./posts.ts"

/** A span of time, in milliseconds since 1970. */
export interface Span {
  readonly from: number
  readonly until: number
}

/** A span in which an app had something to send and could send it, but began no call. */
interface Silence extends Span {
  readonly app: string
}

/**
 * No app is silent for long. An app is silent while it has due messages that are not delayed for a reason of their own, and
 * begins no call of such a message. Calls of a content that gets bad answers do not end a silence. Time in which no gateway
 * could send does not count, and a silence starts anew at its end.
 */
export function judgeSilence(evidence: Evidence, longestMs: number): Fault[] {
  const findings = new Findings()
  for (const { app, from, until } of silences(evidence)) {
    if (until - from <= longestMs) continue
    const place = `${app}: ${until - from} ms from ${new Date(from).toISOString()}`
    findings.add("silent", "an app that had something to send, and could, began no call", place)
  }
  return findings.list()
}

/** For each app, the time from one call to the next in which something was due. */
export function silences({ happenings, calls }: Evidence): Silence[] {
  const end = Math.max(0, ...happenings.map(({ at }) => at))
  const impossible = impossibleSpans(happenings)
  const acceptedAt = acceptances(happenings)
  const waiting = new Set(happenings.flatMap((one) => (one.kind === "post" && one.mayWait ? one.post : [])))
  const free = postsOf(happenings).filter(({ number, sendAt }) => sendAt === null && !waiting.has(number))
  const topics = new Set(free.map(({ topic }) => topic))
  const sends = calls.filter(({ path, topic = "" }) => path === SEND_PATH && topics.has(topic))
  const callsOf = Map.groupBy(sends, ({ topic = "" }) => topic)
  return [...Map.groupBy(free, ({ app }) => app)].flatMap(([app, ofApp]) => {
    const due = ofApp.flatMap(({ number, topic }) => {
      const from = acceptedAt.get(number)
      if (from === undefined) return []
      return { from, until: Math.max(from, callsOf.get(topic)?.[0]?.at ?? end) }
    })
    const begun = ofApp.flatMap(({ topic }) => (callsOf.get(topic) ?? []).map(({ at }) => ({ from: at, until: at })))
    return without(joined(due), joined([...begun, ...impossible])).map((span) => ({ app, ...span }))
  })
}

/** When no gateway could send: all of them were paused, or something had failed that all of them need. */
export function impossibleSpans(happenings: readonly Happening[]): Span[] {
  const wrong = happenings.filter((one) => one.kind === "trouble" && STOPS_SENDING.has(one.trouble))
  const spansOf = (node: number): Span[] =>
    joined(
      wrong.flatMap((one) => {
        if (one.kind !== "trouble" || (one.node !== null && one.node !== node)) return []
        return { from: one.at - one.forMs, until: one.at }
      }),
    )
  const all = Array.from({ length: nodesIn(happenings) }, (_, index) => spansOf(index + 1))
  return all.reduce((some, others) => some.flatMap((one) => others.flatMap((other) => common(one, other))))
}

/** The gateway is paused, or its database refuses logins, does not answer, or is dead. */
const STOPS_SENDING: ReadonlySet<Trouble> = new Set<Trouble>(["frozen", "password", "hung", "standby"])

function common(one: Span, other: Span): Span[] {
  const [from, until] = [Math.max(one.from, other.from), Math.min(one.until, other.until)]
  return from < until ? [{ from, until }] : []
}

/** When the client first got the answer that its post is accepted. */
function acceptances(happenings: readonly Happening[]): Map<number, number> {
  const at = new Map<number, number>()
  for (const one of happenings) {
    if (one.kind === "tried" && one.outcome === "ok" && !at.has(one.post)) at.set(one.post, one.at)
  }
  return at
}

/** The spans in their order; spans that touch become one. */
function joined(spans: readonly Span[]): Span[] {
  const all: Span[] = []
  for (const span of spans.toSorted((a, b) => a.from - b.from)) {
    const last = all.at(-1)
    if (last === undefined || span.from > last.until) all.push(span)
    else all[all.length - 1] = { from: last.from, until: Math.max(last.until, span.until) }
  }
  return all
}

/** The parts of `spans` that no span of `others` covers. Both are in their order. */
function without(spans: readonly Span[], others: readonly Span[]): Span[] {
  return spans.flatMap(({ from, until }) => {
    const left: Span[] = []
    let start = from
    for (const other of others) {
      if (other.until < start) continue
      if (other.from > until) break
      if (other.from > start) left.push({ from: start, until: other.from })
      start = Math.max(start, other.until)
    }
    if (start < until) left.push({ from: start, until })
    return left
  })
}
