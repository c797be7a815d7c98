import type { Addressee, Channel, Happening } from "../history.ts"
import { mostWithin, TOKEN_REFUSED } from "./bounds.ts"
import { CHAT_PATH, FRAME_PATH, ROBOT_PATH, SEND_PATH } from "./evidence.ts"
import type { Evidence, Fault, LedgerCall, ToldRecipient } from "./evidence.ts"
import { Findings } from "./findings.ts"
import { postsOf } from "./posts.ts"
import type { Post } from "./posts.ts"
import { CHAT_APP, CONVERSATION_PER_MINUTE, ROBOT_PER_MINUTE } from "../world.ts"

export interface Channels {
  readonly faults: readonly Fault[]
  readonly figures: Readonly<Record<Channel, ChannelFigures>>
}

export interface ChannelFigures {
  posts: number
  /** Targets of accepted posts. */
  targets: number
  calls: number
  /** Calls that the other side showed. */
  shown: number
  inDoubt: number
  /** Members without a conversation with the smart robot: those who got the message from the other app, and the rest. */
  fromOther: number
  notOpened: number
  /** The most calls to one target in a minute. */
  most: number
}

/**
 * Judges messages into group chats, of group robots and of smart robots. They have no duplicate check: a call that may have
 * arrived is never made again, and is in doubt when its answer was lost. Recipients in doubt do not get the message from
 * another app either. No target gets more in a minute than it may.
 */
export function judgeChannels({ happenings, calls, told }: Evidence): Channels {
  const findings = new Findings()
  const figures: Record<Channel, ChannelFigures> = { chat: none(), robot: none(), bot: none() }
  const posts = postsOf(happenings).flatMap(({ channel, ...post }) =>
    channel === undefined ? [] : { channel, ...post },
  )
  const callsOf = Map.groupBy(calls.filter(isSend), ({ topic = "" }) => topic)
  const lost = answersLost(happenings)
  for (const post of posts) {
    const ofPost = callsOf.get(post.topic) ?? []
    figures[post.channel].posts++
    judgePost({ post, calls: ofPost, lost, told, findings, figures: figures[post.channel] })
  }
  const topics = new Set(postsOf(happenings).map(({ topic }) => topic))
  for (const [topic, ofTopic] of callsOf) {
    if (topics.has(topic)) continue
    const some = ofTopic.filter(({ path }) => path !== SEND_PATH)
    if (some.length > 0) findings.add("unexpected", "sent, and not posted", topic, some.length)
  }
  judgeRates(posts, callsOf, findings, figures)
  return { faults: findings.list(), figures }
}

type ChannelPost = Post & { readonly channel: Channel }

interface OfPost {
  readonly post: ChannelPost
  /** The calls with its topic, in their order. */
  readonly calls: readonly LedgerCall[]
  /** Names of exchanges whose answer certainly did not arrive. */
  readonly lost: ReadonlySet<string>
  readonly told: Evidence["told"]
  readonly findings: Findings
  readonly figures: ChannelFigures
}

const PATHS: Readonly<Record<Channel, string>> = { chat: CHAT_PATH, robot: ROBOT_PATH, bot: FRAME_PATH }
const SENDING: ReadonlySet<string> = new Set([SEND_PATH, ...Object.values(PATHS)])

function isSend({ path }: LedgerCall): boolean {
  return SENDING.has(path)
}

function judgePost(all: OfPost): void {
  const { post, calls, told, findings, figures } = all
  const place = `post ${post.number}`
  const [id] = post.ids
  const rows = id === undefined ? [] : (told.get(id)?.recipients ?? [])
  if (post.outcome === "fail") findings.add("untruthful", "a good request was refused for good", place)
  if (post.outcome === "ok") {
    figures.targets += post.to.length
    if (post.ids.size > 1) findings.add("duplicated", "several messages of one key", place, post.to.length)
    if (id !== undefined && !told.has(id))
      findings.add("lost", "accepted, and unknown to the API", place, post.to.length)
  }
  for (const addressee of post.to) {
    const own = calls.filter((call) => isTo(call, post.channel, addressee))
    const other = calls.filter((call) => isFromOther(call, post, addressee))
    judgeCalls(all, addressee, own, other)
    if (post.outcome !== "ok" || id === undefined || !told.has(id)) continue
    const row = rows.find(({ type, address }) => type === addressee.type && address === addressee.address)
    if (row === undefined) findings.add("lost", "accepted, and missing among the recipients", place)
    else judgeRow(all, addressee, row, own, other)
  }
  const strangers = calls.filter(
    (call) =>
      call.shown.length > 0 && !post.to.some((one) => isTo(call, post.channel, one) || isFromOther(call, post, one)),
  )
  if (strangers.length > 0) findings.add("unexpected", "shown where it was not for", place, strangers.length)
}

/** Whether the call carries the post to this addressee; members named beside chats get it from the app. */
function isTo({ path, target, shown }: LedgerCall, channel: Channel, { type, address }: Addressee): boolean {
  if (channel === "chat" && type === "user") return path === SEND_PATH && shown.includes(address)
  return path === PATHS[channel] && (channel === "robot" || target === address)
}

function isFromOther({ path, shown }: LedgerCall, { channel }: ChannelPost, { address }: Addressee): boolean {
  return channel === "bot" && path === SEND_PATH && shown.includes(address)
}

/** What the other side saw, independent of what the API reports. */
function judgeCalls(
  { post, lost, findings, figures }: OfPost,
  { type }: Addressee,
  own: readonly LedgerCall[],
  other: readonly LedgerCall[],
): void {
  const place = `${post.topic}, calls ${[...own, ...other].map(({ seq }) => seq).join(" ")}`
  figures.calls += own.length
  const copies = own.filter(isShown).length + other.length
  figures.shown += copies
  if (copies > 1) findings.add("duplicated", "shown more often than posted", place, copies - 1)
  // Calls to members beside a chat have the duplicate check.
  if (post.channel === "chat" && type === "user") return
  const again = own.slice(1).filter((_, index) => isLost(own[index], lost))
  if (again.length > 0) findings.add("duplicated", "sent again though the answer was lost", place, again.length)
  if (other.length === 0) return
  if (own.some((call) => isLost(call, lost)))
    findings.add("duplicated", "got from the app beside it though the answer was lost", place)
  if (!own.some(({ errcode }) => errcode === NO_CONVERSATION))
    findings.add("unexpected", "got from the app beside it, and the robot was not asked", place)
}

function judgeRow(
  { post, lost, findings, figures }: OfPost,
  { type }: Addressee,
  { state, reason, app }: ToldRecipient,
  own: readonly LedgerCall[],
  other: readonly LedgerCall[],
): void {
  const place = `post ${post.number}`
  const copies = own.filter(isShown).length + other.length
  const wasLost = own.some((call) => isLost(call, lost)) && !(post.channel === "chat" && type === "user")
  if (wasLost && state !== "in_doubt" && state !== "pending")
    findings.add("untruthful", `told as ${state}, though the answer was lost`, place)
  switch (state) {
    case "pending":
      return findings.add("lost", "still pending when all is quiet", place)
    case "sent": {
      if (copies === 0) findings.add("lost", "told as sent, never shown", place)
      const from = other.length > 0 ? post.otherApp : post.app
      if (copies > 0 && app !== from) findings.add("untruthful", "told as sent by another app", `${place}: ${app}`)
      if (other.length > 0) figures.fromOther++
      return
    }
    case "in_doubt":
      figures.inDoubt++
      if (reason === null) findings.add("untruthful", "in doubt without a reason", place)
      return
    case "not_opened":
      figures.notOpened++
      if (post.otherApp !== undefined) findings.add("untruthful", "told as not opened, with an app beside it", place)
      if (!own.some(({ errcode }) => errcode === NO_CONVERSATION))
        findings.add("untruthful", "told as not opened, and the robot was not asked", place)
      break
    case "cancelled":
      if (!post.mayBeCancelled) findings.add("untruthful", "cancelled without being asked for", place)
      break
    default:
      findings.add("untruthful", `a target that can be reached (${type}) is reported as ${state}, ${reason}`, place)
  }
  if (copies > 0) findings.add("untruthful", `shown, though told as ${state}`, place)
}

function isShown({ shown }: LedgerCall): boolean {
  return shown.length > 0
}

function isLost(call: LedgerCall | undefined, lost: ReadonlySet<string>): boolean {
  return call?.exchange !== undefined && lost.has(call.exchange)
}

/** Every fault but a delay loses a frame's answer. Over HTTP only `swallow_reply` does: a reply that was cut may be complete. */
function answersLost(happenings: readonly Happening[]): ReadonlySet<string> {
  return new Set(
    happenings.flatMap((one) => {
      if (one.kind !== "wire") return []
      const isOver = one.path === FRAME_PATH ? !PASSING.has(one.fault) : one.fault === "swallow_reply"
      return isOver ? one.exchange : []
    }),
  )
}

const PASSING: ReadonlySet<string> = new Set(["delay_reply", "drip_reply"])
const NO_CONVERSATION = 93006
const THROTTLED = 45009
const MINUTE_MS = 60_000
const MOST: Readonly<Record<Channel, number>> = {
  chat: CHAT_APP.chatPerMinute,
  robot: ROBOT_PER_MINUTE,
  bot: CONVERSATION_PER_MINUTE,
}

function judgeRates(
  posts: readonly ChannelPost[],
  callsOf: ReadonlyMap<string, readonly LedgerCall[]>,
  findings: Findings,
  figures: Channels["figures"],
): void {
  for (const [channel, ofChannel] of Map.groupBy(posts, (post) => post.channel)) {
    const made = ofChannel.flatMap(({ app, topic }) =>
      (callsOf.get(topic) ?? []).flatMap((call) => (call.path === PATHS[channel] ? { app, ...call } : [])),
    )
    const refused = made.filter(({ errcode }) => errcode === THROTTLED).length
    if (refused > 0) findings.add("unbounded", "refused for a limit", channel, refused)
    const dropped = made.reduce((sum, call) => sum + call.dropped.length, 0)
    if (dropped > 0) findings.add("lost", "dropped by WeCom over the rate of a chat", channel, dropped)
    for (const [target, toOne] of Map.groupBy(made, ({ app, target = "" }) => `${app} ${target}`)) {
      const most = mostWithin(
        // A call that WeCom refused for its token is no message yet.
        toOne.flatMap(({ at, errcode }) => (TOKEN_REFUSED.has(errcode) ? [] : at)),
        MINUTE_MS,
      )
      figures[channel].most = Math.max(figures[channel].most, most)
      if (most > MOST[channel])
        findings.add(
          "unbounded",
          "too many messages to one target in a minute",
          `${target}: ${most}`,
          most - MOST[channel],
        )
    }
  }
}

function none(): ChannelFigures {
  return { posts: 0, targets: 0, calls: 0, shown: 0, inDoubt: 0, fromOther: 0, notOpened: 0, most: 0 }
}
