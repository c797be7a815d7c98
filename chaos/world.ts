import type { ChosenSettings, OrgInput } from "@wecom-push/simulator"
import type { AppInRun } from "./history.ts"

/** The corp of a run. It has so many members that only those chosen for it reach their rates. */
export const CORP_ID = "ww0000000000000001"

interface ChaosApp extends AppInRun {
  readonly secret: string
}

/** The name of the app that the gateway has from its environment. */
export const DEFAULT_APP = "default"

const OTHERS =
  "hr root ops shop desk lab fleet store press audit legal sales night stock board canteen parcels backup builds"

/** Twenty apps, each to meet 45009 once: the first time it stops an app for a minute, the second time for an hour. */
export const APPS: readonly [ChaosApp, ...ChaosApp[]] = [
  anApp(DEFAULT_APP, 0),
  ...OTHERS.split(" ").map((name, index) => anApp(name, index + 1)),
]

/** The app that is registered, used, deleted and registered again. */
export const PASSING_APP: ChaosApp = anApp("passing", APPS.length)

/** Sends into group chats. Its limit for each chat is lower than WeCom's, or no load would reach it. */
export const CHAT_APP = { ...anApp("rooms", APPS.length + 1), chatPerMinute: 20 } as const

/** All apps that exist at WeCom. */
export const APPS_AT_WECOM: readonly ChaosApp[] = [...APPS, PASSING_APP, CHAT_APP]

/** Members of chats and of groups, and those with whom smart robots have a conversation. */
const IN_CHATS = range(11, 14)
const IN_GROUPS = range(15, 18)
const OPENED = range(21, 60)
/** Members who never wrote to a smart robot. */
export const UNOPENED = range(61, 100)

/** Group chats that `CHAT_APP` has made. */
export const CHATS: readonly string[] = ["chaoschat1", "chaoschat2"]

export const ROBOTS: readonly { readonly name: string; readonly key: string }[] = ["bell", "horn"].map((name) => ({
  name,
  key: `chaos-robot-${name}`,
}))

interface ChaosBot {
  readonly name: string
  readonly botId: string
  readonly secret: string
  /** The chatid of the group that it is in. */
  readonly group: string
  /** The userids of members who have written to it. */
  readonly opened: readonly string[]
}

/** Two, so that there is more than one connection. */
export const BOTS: readonly ChaosBot[] = ["clerk", "porter"].map((name) => ({
  name,
  botId: `chaos-bot-${name}`,
  secret: `sim-secret-${name}`,
  group: `chaosgroup${name}`,
  opened: OPENED,
}))

/** Messages that one group robot may send in a minute, and a smart robot into one conversation. */
export const ROBOT_PER_MINUTE = 20
export const CONVERSATION_PER_MINUTE = 30

/** The members of a source of `/in/text`. */
export const OF_SOURCE = range(101, 103)

/** An agent id that does not exist: what an app is set to by mistake. */
export const WRONG_AGENT_ID = 1_999_999

function anApp(name: string, index: number): ChaosApp {
  return { name, agentId: 1_000_002 + index, secret: `sim-secret-${name}`, memberPerMinute: 30 }
}

/** The callback keys of every app, as set at WeCom. */
export const CALLBACK_KEYS = {
  token: "chaostoken",
  encoding_aes_key: "u8jzPde0IgxLd6GncfBAepfJBd0Kh8oOOL8dKLzdocA",
} as const

export function userid(number: number): string {
  return `m${String(number).padStart(6, "0")}`
}

export function mobile(number: number): string {
  return `139${String(number).padStart(8, "0")}`
}

/** In the form of `GET /_sim/org`. */
export function organisation(members: number): OrgInput {
  return {
    corp_id: CORP_ID,
    member_cap: members,
    departments: [{ id: 1, name: "示例公司", parentid: 0 }],
    members: Array.from({ length: members }, (_, index) => ({
      userid: userid(index + 1),
      name: `成员${index + 1}`,
      mobile: mobile(index + 1),
      departments: [1],
    })),
    apps: APPS_AT_WECOM.map(({ name, agentId, secret }) => ({
      agentid: agentId,
      name,
      secret,
      visible: { departments: [1], members: [], tags: [] },
      callback: { url: "", ...CALLBACK_KEYS },
    })),
    chats: CHATS.map((chatid) => ({ chatid, agentid: CHAT_APP.agentId, members: IN_CHATS })),
    robots: ROBOTS.map(({ key, name }) => ({ key, name, members: IN_GROUPS })),
    bots: BOTS.map(({ botId: bot_id, secret, name, opened, group }) => ({
      bot_id,
      secret,
      name,
      opened_by: opened,
      groups: [{ chatid: group, members: IN_GROUPS }],
    })),
  }
}

/** Userids, both ends included. */
function range(first: number, last: number): string[] {
  return Array.from({ length: last - first + 1 }, (_, index) => userid(first + index))
}

/** How WeCom may behave where it is not documented: as the documentation suggests, and as it would hurt most. */
export const VARIANTS = {
  documented: {},
  worst: {
    dead_token_errcode: 40014,
    repeat_token: false,
    invalid_on_success: "empty",
    invalid_on_failure: "none",
    nobody_left_errcode: 0,
    duplicate_answer: "no_msgid",
    duplicate_prolongs: true,
    duplicate_names_invalid: false,
    json_mistakes: "refuse",
    strict_types: true,
    long_text: "refuse",
  },
} as const satisfies Record<string, Readonly<Record<string, unknown>>>
export type Variant = keyof typeof VARIANTS

/** The look-ups that WeCom allows a corp in a minute, as documented. */
export const LOOKUPS_PER_MINUTE = 10_000

/** The simulator keeps everything, and has no limits but those that the run tests. */
export function simulatorSettings(variant: Variant): ChosenSettings {
  return {
    keep: null,
    ...VARIANTS[variant],
    limits: { app_person_times_per_day: null, lookup_misses_per_day: null, member_per_hour: null },
  }
}
