import type { Addressee } from "../history.ts"
import type { Random } from "../lib/random.ts"
import { APPS, BOTS, CHAT_APP, CHATS, OF_SOURCE, ROBOTS, UNOPENED, userid } from "../world.ts"
import { message } from "./make-post.ts"
import type { NewPost } from "./make-post.ts"

/** A post into group chats of an app, and sometimes also to members, who get it by another call. */
export function makeChatPost(random: Random, number: number, members: number): NewPost {
  const chats = random.chance(TO_ALL_CHATS) ? CHATS : [random.pick(CHATS)]
  const people = random.chance(TO_MEMBERS_TOO) ? [userid(random.integer(FIRST_OF_OTHERS, members))] : []
  const to = [...chats.map((chatid) => addressee("chat", chatid)), ...people.map(person)]
  return { ...message(CHAT_APP.name, `chat${number}`, to), channel: "chat" }
}

/** A post of a group robot, which has no other recipient than its group. */
export function makeRobotPost(random: Random, number: number): NewPost {
  const { name } = random.pick(ROBOTS)
  const { to: _, ...body } = message(name, `robot${number}`, []).body
  return { ...message(name, `robot${number}`, [addressee("robot", name)]), body, channel: "robot" }
}

/** A post of a smart robot into its group, or to members; those who never wrote to it may get it from an app. */
export function makeBotPost(random: Random, number: number): NewPost {
  const { name, group, opened } = random.pick(BOTS)
  const topic = `bot${number}`
  if (random.chance(TO_GROUP)) return { ...message(name, topic, [addressee("chat", group)]), channel: "bot" }
  const people = Array.from({ length: random.integer(1, 3) }, () =>
    random.pick(random.chance(IS_OPENED) ? opened : UNOPENED),
  )
  const to = [...new Set(people)].map(person)
  const post = { ...message(name, topic, to), channel: "bot" } as const
  if (!random.chance(HAS_OTHER)) return post
  const otherApp = random.pick(APPS).name
  return { ...post, otherApp, body: { ...post.body, else: otherApp } }
}

/** A post of a program with the token of a source; the source names the recipients. */
export function makeSourcePost(app: string, number: number): NewPost & { readonly text: string } {
  const post = message(app, `source${number}`, OF_SOURCE.map(person))
  return { ...post, text: `source${number} 磁盘 91%` }
}

function addressee(type: "chat" | "robot", address: string): Addressee {
  return { type, address, person: null }
}

function person(address: string): Addressee {
  return { type: "user", address, person: address }
}

/** The members before these have a part of their own in a run. */
const FIRST_OF_OTHERS = 200
const TO_ALL_CHATS = 0.2
const TO_MEMBERS_TOO = 0.3
const TO_GROUP = 0.5
const IS_OPENED = 0.6
const HAS_OTHER = 0.6
