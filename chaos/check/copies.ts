import type { Addressee } from "../history.ts"
import { RECALL_PATH, SEND_PATH } from "./evidence.ts"
import { Findings } from "./findings.ts"
import type { Evidence, Fault, LedgerCall, ToldMessage, ToldRecipient } from "./evidence.ts"
import { postsOf } from "./posts.ts"
import type { Post } from "./posts.ts"
import { VARIANTS } from "../world.ts"
import type { Variant } from "../world.ts"

export interface Copies {
  readonly faults: readonly Fault[]
  readonly figures: CopyFigures
}

export interface CopyFigures {
  posts: number
  /** Recipients of accepted posts; each person counts once in a post. */
  recipients: number
  shown: number
  suppressed: number
  /** Reported as in doubt, by reason. */
  inDoubt: Record<string, number>
  cancelled: number
  recalled: number
  /** Posts of which it was unknown whether they were accepted, and which were. */
  recovered: number
}

/**
 * Compares what was posted, what phones showed and what the API reports, person by person. Posts of one topic have equal
 * bodies and cannot be distinguished on a phone, so they are counted together.
 */
export function judgeCopies(evidence: Evidence): Copies {
  const all = postsOf(evidence.happenings)
  const posts = all.filter(({ channel }) => channel === undefined)
  const findings = new Findings()
  const figures: CopyFigures = {
    posts: posts.length,
    recipients: 0,
    shown: 0,
    suppressed: 0,
    inDoubt: {},
    cancelled: 0,
    recalled: 0,
    recovered: 0,
  }
  const shown = shownCopies(evidence.calls, figures)
  const ledger = {
    withdrawn: withdrawnCopies(evidence.calls),
    told: evidence.told,
    mayCallUnknownSent: topicsToldAgain(evidence),
  }
  for (const [topic, together] of Map.groupBy(posts, ({ topic }) => topic)) {
    const seenBy = shown.get(topic) ?? new Map<string, number[]>()
    shown.delete(topic)
    judgeTopic(topic, together, seenBy, ledger, findings, figures)
  }
  // `judgeChannels` judges the topics that go out by other calls too.
  for (const { topic } of all) shown.delete(topic)
  for (const [topic, seenBy] of shown) findings.add("unexpected", "shown, and not posted", topic, seenBy.size)
  return { faults: findings.list(), figures }
}

/** When each person's phone showed a topic. */
function shownCopies(calls: readonly LedgerCall[], figures: CopyFigures): Map<string, Map<string, number[]>> {
  const byTopic = new Map<string, Map<string, number[]>>()
  for (const { path, topic = "(no topic)", at, shown, suppressed } of calls) {
    if (path !== SEND_PATH) continue
    figures.shown += shown.length
    figures.suppressed += suppressed.length
    if (shown.length === 0) continue
    let seenBy = byTopic.get(topic)
    if (seenBy === undefined) byTopic.set(topic, (seenBy = new Map<string, number[]>()))
    for (const person of shown) seenBy.set(person, [...(seenBy.get(person) ?? []), at])
  }
  return byTopic
}

/** How many copies of each topic WeCom has taken back from each person's phone. */
function withdrawnCopies(calls: readonly LedgerCall[]): Map<string, Map<string, number>> {
  const taken = new Set(
    calls.flatMap(({ path, errcode, msgid }) => (path === RECALL_PATH && errcode === 0 && msgid) || []),
  )
  const byTopic = new Map<string, Map<string, number>>()
  for (const { path, topic = "(no topic)", msgid, shown } of calls) {
    if (path !== SEND_PATH || msgid === undefined || !taken.has(msgid)) continue
    let from = byTopic.get(topic)
    if (from === undefined) byTopic.set(topic, (from = new Map<string, number>()))
    for (const person of shown) from.set(person, (from.get(person) ?? 0) + 1)
  }
  return byTopic
}

/** Topics of repeated calls. Where WeCom does not name the bad recipients a second time, the gateway cannot know them. */
function topicsToldAgain({ happenings, calls }: Evidence): ReadonlySet<string> {
  const run = happenings.find((happening) => happening.kind === "run")
  const variant: { readonly duplicate_names_invalid?: boolean } = VARIANTS[run?.variant as Variant] ?? {}
  if (variant.duplicate_names_invalid !== false) return new Set()
  return new Set(calls.flatMap(({ suppressed, topic }) => (suppressed.length > 0 && topic) || []))
}

/** What is known beside the posts and what phones showed. */
interface Ledger {
  readonly withdrawn: ReadonlyMap<string, ReadonlyMap<string, number>>
  readonly told: Evidence["told"]
  /** Topics whose addresses without a member may be reported as sent. */
  readonly mayCallUnknownSent: ReadonlySet<string>
}

/** What the posts of a topic allow for one person. */
interface Allowance {
  /** Reported as sent: must be seen. */
  sent: number
  /** Must have been seen, and have been taken back. */
  recalled: number
  /** Reported as in doubt, or of a post of which it is unknown whether it was accepted: may be seen. */
  perhaps: number
  cancelled: number
  otherwise: number
}

function judgeTopic(
  topic: string,
  posts: readonly Post[],
  seenBy: ReadonlyMap<string, readonly number[]>,
  ledger: Ledger,
  findings: Findings,
  figures: CopyFigures,
): void {
  const allowances = new Map<string, Allowance>()
  const allow = (person: string, what: keyof Allowance): void => {
    const allowance = allowances.get(person) ?? { sent: 0, recalled: 0, perhaps: 0, cancelled: 0, otherwise: 0 }
    allowance[what]++
    allowances.set(person, allowance)
  }
  for (const post of posts) {
    if (post.outcome === "info") for (const person of personsOf(post)) allow(person, "perhaps")
    if (post.outcome !== "ok") continue
    if (post.ids.size > 1)
      findings.add("duplicated", "several messages of one key", `post ${post.number}`, post.to.length)
    for (const [person, what] of allowancesOf(post, ledger, findings, figures)) allow(person, what)
  }
  const repeats = posts.reduce((sum, { retriesInDoubt }) => sum + retriesInDoubt, 0)
  if (posts.every(({ outcome }) => outcome === "info") && seenBy.size > 0) figures.recovered++
  const earliest = Math.min(...posts.map(({ sendAt }) => sendAt ?? 0))

  for (const [person, allowance] of allowances) {
    const copies = seenBy.get(person)?.length ?? 0
    const { sent, recalled, cancelled, otherwise } = allowance
    const perhaps = allowance.perhaps + repeats
    if (copies < sent + recalled) findings.add("lost", "told as sent, never shown", topic, sent + recalled - copies)
    judgeWithdrawn(topic, ledger.withdrawn.get(topic)?.get(person) ?? 0, recalled, findings)
    const most = sent + recalled + perhaps + cancelled + otherwise
    if (copies > most)
      findings.add("duplicated", "shown more often than posted", `${topic}: ${copies} for ${most}`, copies - most)
    const untold = Math.min(copies, most) - sent - recalled - perhaps
    if (untold <= 0) continue
    if (cancelled > 0) findings.add("unexpected", "shown, though told as cancelled", topic, untold)
    else findings.add("untruthful", "shown, though told otherwise", topic, untold)
  }
  for (const [person, times] of seenBy) {
    if (!allowances.has(person)) findings.add("unexpected", "shown to a person it was not for", topic, times.length)
    const early = times.filter((at) => at < earliest).length
    if (early > 0) findings.add("unexpected", "shown before its send_at", topic, early)
  }
}

function judgeWithdrawn(topic: string, withdrawn: number, recalled: number, findings: Findings): void {
  if (withdrawn < recalled) {
    findings.add("untruthful", "told as recalled, and still on the phone", topic, recalled - withdrawn)
  }
  if (withdrawn > recalled) {
    findings.add("untruthful", "taken from the phone, though told otherwise", topic, withdrawn - recalled)
  }
}

/** What the API reports of each person of a post. Rows of one person report the same: one copy serves both. */
function allowancesOf(
  post: Post,
  { told, mayCallUnknownSent }: Ledger,
  findings: Findings,
  figures: CopyFigures,
): Map<string, keyof Allowance> {
  const [id = ""] = post.ids
  const place = `post ${post.number}`
  const message = told.get(id)
  const allowed = new Map<string, keyof Allowance>()
  if (message === undefined) {
    findings.add("lost", "accepted, and unknown to the API", `${place} as ${id}`, post.to.length)
    for (const person of personsOf(post)) allowed.set(person, "perhaps")
    return allowed
  }
  const rows = rowsOf(message)
  for (const addressee of post.to) {
    const row = rows.get(`${addressee.type} ${addressee.address}`)
    if (row === undefined) {
      findings.add("lost", "accepted, and missing among the recipients", place)
      continue
    }
    const kind = allowanceOf(post, addressee, row, mayCallUnknownSent.has(post.topic), findings)
    if (kind === undefined || addressee.person === null) continue
    const before = allowed.get(addressee.person)
    if (before === undefined || RANK[kind] > RANK[before]) allowed.set(addressee.person, kind)
    if (before !== undefined) continue
    figures.recipients++
    if (kind === "cancelled") figures.cancelled++
    if (kind === "recalled") figures.recalled++
    if (kind === "perhaps") {
      const reason = row.reason ?? "no reason"
      figures.inDoubt[reason] = (figures.inDoubt[reason] ?? 0) + 1
    }
  }
  return allowed
}

const RANK: Readonly<Record<keyof Allowance, number>> = { otherwise: 0, cancelled: 1, perhaps: 2, recalled: 3, sent: 4 }

function allowanceOf(
  post: Post,
  { type, person }: Addressee,
  { state, userid, reason }: ToldRecipient,
  mayCallSent: boolean,
  findings: Findings,
): keyof Allowance | undefined {
  const place = `post ${post.number}`
  if (state === "pending") {
    findings.add("lost", "still pending when all is quiet", place)
    return undefined
  }
  if (state === "in_doubt") {
    if (reason === null) findings.add("untruthful", "in doubt without a reason", place)
    return "perhaps"
  }
  if (state === "cancelled") {
    const isAskedFor = post.mayBeCancelled || (post.mayLoseItsApp && reason === "app_removed")
    if (!isAskedFor) findings.add("untruthful", "cancelled without being asked for", place)
    return "cancelled"
  }
  if (state === "recalled" && !post.mayBeRecalled) findings.add("untruthful", "recalled without being asked for", place)
  if (person === null) {
    if (mayCallSent && (state === "sent" || state === "recalled")) return undefined
    if (state !== "invalid" && state !== "not_found") {
      findings.add("untruthful", `an address without a member (${type}) is reported as ${state}`, place)
    }
    return undefined
  }
  if (state !== "sent" && state !== "recalled") {
    findings.add("untruthful", `a person who can be reached (${type}) is reported as ${state}, ${reason}`, place)
    return "otherwise"
  }
  if (userid !== person)
    findings.add("untruthful", "sent to another than was meant", `${place}: ${userid} in place of ${person}`)
  return state
}

function rowsOf({ recipients }: ToldMessage): Map<string, ToldRecipient> {
  return new Map(recipients.map((row) => [`${row.type} ${row.address}`, row]))
}

function personsOf({ to }: Post): Set<string> {
  return new Set(to.flatMap(({ person }) => person ?? []))
}
