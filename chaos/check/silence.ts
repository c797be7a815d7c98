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

/** For how long an app that had something to send began no call, though it could. */
interface Silence extends Span {
  readonly app: string
}

/**
 * No app is silent for long. It is silent while messages of it are due that nothing of their own holds up, and no call of
 * such a message begins: calls of a content that is answered badly break no silence. The time in which no gateway could
 * send is left out, and it is counted anew from the end of that.
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

/** Of each app the time between a call and the next, as far as something was due. */
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

/** When no gateway could send: each of them was paused, or a part failed without which none sends. */
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

/** Of the database: it lets no gateway in, answers nothing, or is dead. A paused gateway sends nothing itself. */
const STOPS_SENDING: ReadonlySet<Trouble> = new Set<Trouble>(["frozen", "password", "hung", "standby"])

function common(one: Span, other: Span): Span[] {
  const [from, until] = [Math.max(one.from, other.from), Math.min(one.until, other.until)]
  return from < until ? [{ from, until }] : []
}

/** When the client was first answered that it is accepted. */
function acceptances(happenings: readonly Happening[]): Map<number, number> {
  const at = new Map<number, number>()
  for (const one of happenings) {
    if (one.kind === "tried" && one.outcome === "ok" && !at.has(one.post)) at.set(one.post, one.at)
  }
  return at
}

/** In their order, those that touch as one. */
function joined(spans: readonly Span[]): Span[] {
  const all: Span[] = []
  for (const span of spans.toSorted((a, b) => a.from - b.from)) {
    const last = all.at(-1)
    if (last === undefined || span.from > last.until) all.push(span)
    else all[all.length - 1] = { from: last.from, until: Math.max(last.until, span.until) }
  }
  return all
}

/** What is left of some without the others. Both are in their order. */
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
