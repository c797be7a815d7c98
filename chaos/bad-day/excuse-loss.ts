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

/**
 * What a database that has gone back to an earlier moment explains, and nothing more. `GoneBack` says which messages are
 * in it; all other messages are judged as on any day.
 *
 * - Accepted while the standby lacked it: the message may be unknown afterwards. Its people may have got it once.
 * - A request that got no answer then, and was repeated: the message may have been stored twice, and sent twice.
 * - Unfinished in the standby: its people end in doubt as `restored_backup`, until an operator has them tried again, and
 *   it does not hold to its lane then. One that is not held back is a fault.
 * - Called without the duplicate check, which is off for four hours: its people end in doubt as `no_check` where the
 *   answer was lost, by a fault of its own content or while gateways or their database had some trouble.
 */
export function excuseLoss(evidence: Evidence): Excused {
  const losses = evidence.happenings.filter((one) => one.kind === "gone_back")
  if (losses.length === 0) return { evidence, ended: evidence.told, faults: [] }
  const posts = postsIn(evidence.happenings)
  const unfinished = new Set(losses.flatMap((loss) => loss.unfinished))
  const released = new Set(evidence.happenings.flatMap((one) => (one.kind === "retry" ? one.post : [])))
  const isLost = (tried: Tried): boolean =>
    tried.id !== null && !evidence.told.has(tried.id) && losses.some((loss) => lacks(loss, tried))
  const findings = new Findings()
  for (const { posted, id } of posts.values()) {
    const isUnfinished = id !== undefined && unfinished.has(id) && !released.has(posted.post)
    const message = isUnfinished ? evidence.told.get(id) : undefined
    if (message?.recipients.every(({ reason }) => reason !== RESTORED) === true)
      findings.add("unexpected", "not held back after the database had gone back", `post ${posted.post}`)
  }
  const happenings = evidence.happenings.flatMap((one): readonly Happening[] => {
    if (one.kind === "tried") return isLost(one) ? [] : [one]
    if (one.kind !== "post") return [one]
    const { tries, id } = posts.get(one.post) ?? { tries: [], id: undefined }
    if (id !== undefined && unfinished.has(id)) return [{ ...one, mayWait: true, lane: null }]
    const isStoredTwice = losses.some((loss) => id !== undefined && mayBeStoredTwice(loss, tries, id))
    // None of whom it is known whether it was taken.
    return isStoredTwice ? [one, { ...one, post: -one.post, mayWait: true, lane: null }] : [one]
  })
  const callsOf = Map.groupBy(
    evidence.calls.filter(({ path }) => path === SEND_PATH),
    ({ topic = "" }) => topic,
  )
  const ended = new Map(evidence.told)
  for (const { posted, id } of posts.values()) {
    const message = id === undefined ? undefined : evidence.told.get(id)
    if (message === undefined) continue
    const mayLackCheck = losses.some((loss) =>
      isAnswerLost(loss, posted, callsOf.get(posted.topic) ?? [], evidence.happenings),
    )
    const isExcused = ({ state, reason }: ToldRecipient): boolean =>
      state === "in_doubt" &&
      ((reason === RESTORED && unfinished.has(message.id) && !released.has(posted.post)) ||
        (reason === "no_check" && mayLackCheck))
    ended.set(message.id, without(message, isExcused))
  }
  return { evidence: { ...evidence, happenings }, ended, faults: findings.list() }
}

interface OnePost {
  readonly posted: Posted
  readonly tries: Tried[]
  /** Of its message, once it was accepted. */
  id: string | undefined
}

function postsIn(happenings: readonly Happening[]): ReadonlyMap<number, OnePost> {
  const posts = new Map<number, OnePost>()
  for (const one of happenings) {
    if (one.kind === "post") posts.set(one.post, { posted: one, tries: [], id: undefined })
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

function mayBeStoredTwice(loss: GoneBack, tries: readonly Tried[], id: string): boolean {
  const isUnanswered = (tried: Tried): boolean => tried.outcome === "info" && isInLostTime(loss, tried)
  return !isThere(loss, id) && tries.some(isUnanswered)
}

function isAnswerLost(
  { diedAt }: GoneBack,
  { isAnsweredBadly }: Posted,
  calls: readonly LedgerCall[],
  happenings: readonly Happening[],
): boolean {
  if (isAnsweredBadly === true) return true
  const later = calls.filter(({ at }) => at >= diedAt)
  return happenings.some(
    (one) =>
      one.kind === "trouble" &&
      LOSES_ANSWERS.has(one.trouble) &&
      later.some(({ at }) => at <= one.at && at + LONGEST_CALL_MS >= one.at - one.forMs),
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
/** What is not answered until then counts as unanswered. */
const LONGEST_CALL_MS = 15_000
