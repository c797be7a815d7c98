import type { Evidence, Fault, LedgerCall, ToldMessage, ToldRecipient } from "../check/evidence.ts"
import { SEND_PATH } from "../check/evidence.ts"
import { Findings } from "../check/findings.ts"
import type { GoneBack, Happening, Trouble } from "../history.ts"

export interface Excused {
  /** As for a day on which the database did not go back. */
  readonly evidence: Evidence
  /** Of what the API tells, the recipients who have ended without an excuse. */
  readonly ended: Evidence["told"]
  /** What had to be so after it, and is not. */
  readonly faults: readonly Fault[]
}

type Tried = Extract<Happening, { kind: "tried" }>
type Posted = Extract<Happening, { kind: "post" }>
type Loss = Extract<Happening, GoneBack>

/**
 * What a database that has gone back to an earlier moment explains, and nothing more. `GoneBack` says which messages are
 * in it; all other messages are judged as on any day.
 *
 * - Accepted while the standby lacked it: the message may be unknown afterwards. Its people may have got it once.
 * - A request that got no answer, and was repeated: the message may have been stored twice, and sent twice.
 * - Unfinished in the standby, where it lacked an event: its people end in doubt as `restored_backup`, until an operator has them tried again, and
 *   it does not hold to its lane then. One that is not held back is a fault, unless a call that was under way at the loss
 *   has settled it: such a call is ended, with a new token where WeCom refused the old one, and its answer is stored.
 * - Called without the duplicate check, which is off for four hours: its people end in doubt as `no_check` where the
 *   answer was lost, by a fault of its own content or while gateways or their database had some trouble; so of a call that
 *   was begun and has not arrived, for no gateway knows that.
 */
export function excuseLoss(evidence: Evidence): Excused {
  const losses = evidence.happenings.filter((one) => one.kind === "gone_back")
  if (losses.length === 0) return { evidence, ended: evidence.told, faults: [] }
  const day: DayWithLosses = {
    ...evidence,
    losses,
    posts: postsIn(evidence),
    unfinished: new Set(losses.flatMap((loss) => loss.unfinished)),
    released: new Set(evidence.happenings.flatMap((one) => (one.kind === "retry" ? one.post : []))),
  }
  const happenings = evidence.happenings.flatMap((one) => asOnAnyDay(one, day))
  return { evidence: { ...evidence, happenings }, ended: endedWithoutExcuse(day), faults: notHeldBack(day) }
}

interface DayWithLosses extends Evidence {
  readonly losses: readonly Loss[]
  readonly posts: ReadonlyMap<number, OnePost>
  readonly unfinished: ReadonlySet<string>
  /** Posts whose people an operator has had tried again. */
  readonly released: ReadonlySet<number>
}

function asOnAnyDay(one: Happening, { losses, posts, told, unfinished }: DayWithLosses): readonly Happening[] {
  if (one.kind === "tried") {
    const isLost = one.id !== null && !told.has(one.id) && losses.some((loss) => lacks(loss, one))
    return isLost ? [] : [one]
  }
  const post = one.kind === "post" ? posts.get(one.post) : undefined
  if (post === undefined) return [one]
  const { posted, id } = post
  if (id !== undefined && unfinished.has(id)) return [{ ...posted, mayWait: true, lane: null }]
  // As another post, of which none knows whether it was taken.
  const again = { ...posted, post: -posted.post, mayWait: true, lane: null } as const
  return losses.some((loss) => mayBeStoredTwice(loss, post)) ? [one, again] : [one]
}

function endedWithoutExcuse({
  losses,
  posts,
  told,
  unfinished,
  released,
  happenings,
}: DayWithLosses): Evidence["told"] {
  const ended = new Map(told)
  for (const post of posts.values()) {
    const message = post.id === undefined ? undefined : told.get(post.id)
    if (message === undefined) continue
    const isHeldBack = unfinished.has(message.id) && !released.has(post.posted.post)
    const lacksCheck = losses.some((loss) => isAnswerLost(loss, post, happenings))
    const isExcused = ({ state, reason }: ToldRecipient): boolean =>
      state === "in_doubt" && ((reason === RESTORED && isHeldBack) || (reason === "no_check" && lacksCheck))
    ended.set(message.id, without(message, isExcused))
  }
  return ended
}

function notHeldBack({ losses, posts, told, released }: DayWithLosses): readonly Fault[] {
  const findings = new Findings()
  const noticed = losses.filter(({ lostEvents }) => lostEvents > 0)
  const unfinished = new Set(noticed.flatMap((loss) => loss.unfinished))
  for (const post of posts.values()) {
    const { posted, id } = post
    if (id === undefined || !unfinished.has(id) || released.has(posted.post)) continue
    const recipients = told.get(id)?.recipients
    if (recipients === undefined || recipients.some(({ reason }) => reason === RESTORED)) continue
    const isSettled = recipients.every(({ state }) => state !== "in_doubt")
    if (isSettled && noticed.some((loss) => wasUnderWay(loss, post))) continue
    findings.add("unexpected", "not held back after the database had gone back", `post ${posted.post}`)
  }
  return findings.list()
}

/** Its calls had begun before the loss, and none arrived after the gateways had found it. */
function wasUnderWay({ diedAt, at: backAt }: Loss, { calls }: OnePost): boolean {
  return calls.some(({ at }) => at <= diedAt) && calls.every(({ at }) => at <= backAt + ENDS_CALLS_MS)
}

interface OnePost {
  readonly posted: Posted
  readonly tries: Tried[]
  readonly calls: readonly LedgerCall[]
  /** Of its message, once it was accepted. */
  id: string | undefined
}

function postsIn({ happenings, calls }: Evidence): ReadonlyMap<number, OnePost> {
  const sends = calls.filter(({ path }) => path === SEND_PATH)
  const callsOf = Map.groupBy(sends, ({ topic = "" }) => topic)
  const posts = new Map<number, OnePost>()
  for (const one of happenings) {
    if (one.kind === "post")
      posts.set(one.post, { posted: one, tries: [], calls: callsOf.get(one.topic) ?? [], id: undefined })
    if (one.kind !== "tried") continue
    const post = posts.get(one.post)
    post?.tries.push(one)
    if (post !== undefined && one.id !== null) post.id = one.id
  }
  return posts
}

/** What was asked then may have been stored, and be gone. */
function isInLostTime({ from, diedAt }: GoneBack, { at, forMs = 0 }: Tried): boolean {
  return at >= from && at - forMs <= diedAt
}

function lacks(loss: GoneBack, tried: Tried): boolean {
  return tried.outcome === "ok" && isInLostTime(loss, tried) && !isThere(loss, tried.id ?? "")
}

function isThere({ finished, unfinished }: GoneBack, id: string): boolean {
  return finished.includes(id) || unfinished.includes(id)
}

/** One without an answer may be taken later too, by a gateway that was paused: the loss has taken its key as well. */
function mayBeStoredTwice(loss: GoneBack, { tries, calls, id }: OnePost): boolean {
  if (id === undefined || isThere(loss, id)) return false
  const isUnanswered = ({ outcome, at, forMs = 0 }: Tried): boolean => outcome === "info" && at - forMs <= loss.diedAt
  // What was called before had been stored before, and the standby would have it.
  return tries.some(isUnanswered) && calls.every(({ at }) => at >= loss.from)
}

function isAnswerLost(
  { diedAt }: GoneBack,
  { posted, tries, calls }: OnePost,
  happenings: readonly Happening[],
): boolean {
  if (posted.isAnsweredBadly === true) return true
  const acceptedAt = tries.find(({ outcome }) => outcome === "ok")?.at ?? Infinity
  const later = calls.filter(({ at }) => at >= diedAt)
  // Of one that was begun and has not arrived nothing tells when that was.
  const mayBegin =
    later.length > 0 ? later.map(({ at }) => [at, at + LONGEST_CALL_MS] as const) : [[acceptedAt, Infinity] as const]
  return happenings.some(
    (one) =>
      one.kind === "trouble" &&
      LOSES_ANSWERS.has(one.trouble) &&
      mayBegin.some(([from, until]) => from <= one.at && until >= one.at - one.forMs),
  )
}

function without(message: ToldMessage, isExcused: (row: ToldRecipient) => boolean): ToldMessage {
  return { ...message, recipients: message.recipients.filter((row) => !isExcused(row)) }
}

const RESTORED = "restored_backup"
/** Of the process that has made the call, or of what keeps its answer. */
const LOSES_ANSWERS: ReadonlySet<Trouble> = new Set<Trouble>([
  "frozen",
  "password",
  "statement_timeout",
  "hung",
  "pooler",
  "standby",
])
/** A gateway has two seconds to find the loss, and gives the calls that are under way a second. */
const ENDS_CALLS_MS = 3000
/** What is not answered until then counts as unanswered. */
const LONGEST_CALL_MS = 15_000
