import type { Evidence, Fault, LedgerCall, ToldMessage, ToldRecipient } from "../check/evidence.ts"
import { SEND_PATH } from "../check/evidence.ts"
import { Findings } from "../check/findings.ts"
import type { GoneBack, Happening, Trouble } from "../history.ts"

export interface Excused {
  /** To be judged as a day on which the database did not go back. */
  readonly evidence: Evidence
  /** What the API tells, without the recipients whose result the loss excuses. */
  readonly ended: Evidence["told"]
  /** What is wrong after the loss. */
  readonly faults: readonly Fault[]
}

type Tried = Extract<Happening, { kind: "tried" }>
type Posted = Extract<Happening, { kind: "post" }>
type Loss = Extract<Happening, GoneBack>

/**
 * Excuses what a database that went back to an earlier moment explains, and nothing more. `GoneBack` says which messages are
 * still in it.
 *
 * - A message that was accepted while the standby lacked it may be unknown afterwards. Its people may have got it once.
 * - A request that got no answer, and was repeated: the message may have been stored twice, and sent twice.
 * - A message that is unfinished in a standby that lacks events: its people end in doubt as `restored_backup` until an
 *   operator retries them, and it does not keep the order of its lane then. If it is not held back, that is a fault, unless a
 *   call that was under way at the loss has settled it: the gateway finishes such a call, with a new token where WeCom
 *   refused the old one, and stores its answer.
 * - A request that waits while the standby takes over is stored in the standby with the time at which it came. By that time
 *   no gateway can know that the message is new, so it may be held back too.
 * - A call without the duplicate check, which is off for four hours: its people end in doubt as `no_check` when the answer
 *   was lost, by a fault of its content or while gateways or their database had some trouble. The same is true for a call
 *   that was begun and has not arrived, because no gateway can know that.
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
  /** Posts whose people an operator has retried. */
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
  const mayBeHeldBack = (id !== undefined && unfinished.has(id)) || losses.some((loss) => hasWaited(loss, post))
  if (mayBeHeldBack) return [{ ...posted, mayWait: true, lane: null }]
  // The second message counts as another post, of which it is unknown whether it was accepted.
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
    const mayBeHeldBack = unfinished.has(message.id) || losses.some((loss) => hasWaited(loss, post))
    const isHeldBack = mayBeHeldBack && !released.has(post.posted.post)
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

/** Whether its calls had begun before the loss, and none arrived after the gateways had noticed it. */
function wasUnderWay({ diedAt, at: backAt }: Loss, { calls }: OnePost): boolean {
  return calls.some(({ at }) => at <= diedAt) && calls.every(({ at }) => at <= backAt + ENDS_CALLS_MS)
}

interface OnePost {
  readonly posted: Posted
  readonly tries: Tried[]
  readonly calls: readonly LedgerCall[]
  /** The id of its message, once it was accepted. */
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

/** Whether this try may have been stored, and lost again. */
function isInLostTime({ from, diedAt }: GoneBack, { at, forMs = 0 }: Tried): boolean {
  return at >= from && at - forMs <= diedAt
}

/** Whether its request came so early that the gateways take its message for one from before the loss, and was accepted after it. */
function hasWaited(loss: GoneBack, { tries, id }: OnePost): boolean {
  const mayBeOld = ({ outcome, at, forMs = 0 }: Tried): boolean =>
    outcome === "ok" && at > loss.diedAt && at - forMs <= loss.lacksFrom + CLOCKS_DIFFER_MS
  return id !== undefined && !isThere(loss, id) && tries.some(mayBeOld)
}

function lacks(loss: GoneBack, tried: Tried): boolean {
  return tried.outcome === "ok" && isInLostTime(loss, tried) && !isThere(loss, tried.id ?? "")
}

function isThere({ finished, unfinished }: GoneBack, id: string): boolean {
  return finished.includes(id) || unfinished.includes(id)
}

/** A gateway that was paused may accept an unanswered try later too, since its idempotency key is lost as well. */
function mayBeStoredTwice(loss: GoneBack, { tries, calls, id }: OnePost): boolean {
  if (id === undefined || isThere(loss, id)) return false
  const isUnanswered = ({ outcome, at, forMs = 0 }: Tried): boolean => outcome === "info" && at - forMs <= loss.diedAt
  // A message with an earlier call was stored earlier, so the standby would have it.
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
  // A process that is paused after it has begun a call sends it when it runs again. It is unknown when a call began that has not arrived.
  const mayBeUnderWay =
    later.length > 0
      ? later.map(({ at }) => [at - SENDS_AFTER_PAUSE_MS, at + LONGEST_CALL_MS] as const)
      : [[acceptedAt, Infinity] as const]
  return happenings.some(
    (one) =>
      one.kind === "trouble" &&
      LOSES_ANSWERS.has(one.trouble) &&
      mayBeUnderWay.some(([from, until]) => from <= one.at && until >= one.at - one.forMs),
  )
}

function without(message: ToldMessage, isExcused: (row: ToldRecipient) => boolean): ToldMessage {
  return { ...message, recipients: message.recipients.filter((row) => !isExcused(row)) }
}

const RESTORED = "restored_backup"
/** The troubles of the process that makes a call, or of the database that stores its answer. */
const LOSES_ANSWERS: ReadonlySet<Trouble> = new Set<Trouble>([
  "frozen",
  "password",
  "statement_timeout",
  "hung",
  "pooler",
  "standby",
])
/** A gateway has two seconds to notice the loss, and gives the calls that are under way one second more. */
const ENDS_CALLS_MS = 3000
/** Gateways take a message for new only when it was accepted this long after the last commit that the standby has. */
const CLOCKS_DIFFER_MS = 1000
/** How soon the calls that a paused process has begun arrive after the pause. */
const SENDS_AFTER_PAUSE_MS = 1000
/** A call that is not answered by then counts as unanswered. */
const LONGEST_CALL_MS = 15_000
