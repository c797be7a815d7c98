import type { Addressee, Channel } from "../history.ts"
import type { Random } from "../lib/random.ts"
import { APPS, DEFAULT_APP, mobile, PASSING_APP, userid } from "../world.ts"

export interface NewPost {
  readonly app: string
  readonly topic: string
  /** Milliseconds from now, or null for at once. */
  readonly sendInMs: number | null
  readonly lane: string | null
  readonly to: readonly Addressee[]
  readonly channel?: Channel
  readonly otherApp?: string
  /** The body of the post, without `send_at`. */
  readonly body: Readonly<Record<string, unknown>>
}

/** The member who gets the equal alerts, more than a member may get in a minute. */
const ON_CALL = 3

/** The next post of a client: mostly to few people, sometimes to thousands; some addresses belong to no member. */
export function makePost(random: Random, number: number, members: number): NewPost {
  const app = random.pick(APPS).name
  const to = someone(random, sizeOf(random), members)
  const sendInMs = random.chance(SCHEDULED) ? random.integer(1000, 10_000) : null
  const priority = random.pick(["high", "normal", "normal", "bulk"])
  return { ...message(app, `t${number}`, to, { priority }), sendInMs }
}

/** A post that must not overtake the posts before it in its lane. */
export function makeLanePost(random: Random, number: number, members: number, lane: string): NewPost {
  const app = DEFAULT_APP
  const to = someone(random, random.integer(1, 4), members)
  return { ...message(app, `t${number}`, to, { order_key: lane, priority: random.pick(["high", "bulk"]) }), lane }
}

/** A post of the app that is deleted and registered again and again. */
export function makePassingPost(random: Random, number: number, members: number): NewPost {
  return message(PASSING_APP.name, `t${number}`, someone(random, random.integer(1, 4), members))
}

/** A post that the gateway refuses. */
export function makeBadPost(random: Random, number: number, members: number): NewPost {
  const post = message(random.pick(APPS).name, `bad-${number}`, someone(random, 1, members))
  return { ...post, body: { ...post.body, msgtype: "telegram" } }
}

const SCHEDULED = 0.05
const UNKNOWN = 0.02
/** Enough that look-ups never end, and so few that each app remembers most of them: a run tests more than look-ups. */
const MOBILES = 450

/** One of few alerts, each with the same text to the same people every time. */
export function makeAlert(random: Random): NewPost {
  const kind = random.integer(1, 2)
  const to = Array.from({ length: ON_CALL }, (_, index) => addressee("user", index + 1))
  return message(DEFAULT_APP, `alert-${kind}`, to, { priority: "high" })
}

export function message(
  app: string,
  topic: string,
  to: readonly Addressee[],
  more: Readonly<Record<string, unknown>> = {},
): NewPost {
  const of = (type: Addressee["type"]): string[] => to.filter((one) => one.type === type).map(({ address }) => address)
  const users = of("user")
  const mobiles = of("mobile")
  const chats = of("chat")
  const audience = {
    ...(users.length > 0 && { users }),
    ...(mobiles.length > 0 && { mobiles }),
    ...(chats.length > 0 && { chats }),
  }
  const body = { app, to: audience, msgtype: "text", text: { content: `${topic} 磁盘 91%` }, ...more }
  return { app, topic, sendInMs: null, lane: null, to, body }
}

function sizeOf(random: Random): number {
  switch (random.weighted({ few: 70, some: 22, many: 6, thousands: 1.5, large: 0.5 })) {
    case "few":
      return random.integer(1, 4)
    case "some":
      return random.integer(5, 60)
    case "many":
      return random.integer(61, 500)
    case "thousands":
      return random.integer(501, 2500)
    case "large":
      break
  }
  // The gateway reads the open calls of such a message one by one.
  return random.integer(4001, 4500)
}

function someone(random: Random, count: number, members: number): Addressee[] {
  // Each look-up is a call of its own: a large audience is named by userid, as callers do who know them.
  const byMobile = count > 60 ? 0.01 : 0.25
  const addressees = new Map<string, Addressee>()
  while (addressees.size < count) {
    const isUnknown = random.chance(UNKNOWN)
    const type = random.chance(byMobile) ? "mobile" : "user"
    const first = isUnknown ? members : ON_CALL
    const one = addressee(type, first + random.integer(1, type === "mobile" ? MOBILES : members - ON_CALL), isUnknown)
    addressees.set(one.address, one)
  }
  return [...addressees.values()]
}

function addressee(type: "user" | "mobile", number: number, isUnknown = false): Addressee {
  const person = isUnknown ? null : userid(number)
  return { type, address: type === "user" ? userid(number) : mobile(number), person }
}
