import { closeSync, openSync, readFileSync, writeSync } from "node:fs"

/** What the gateway was doing when it died. It can be in several phases at once; `idle` means that it was in no other. */
export const PHASES = ["start", "accept", "resolve", "in_flight", "settle", "idle"] as const
export type Phase = (typeof PHASES)[number]

/** One address of a post, and the person who has it. */
export interface Addressee {
  /** `robot` is a group robot: its name is the address, and the post has no other. */
  readonly type: "user" | "mobile" | "chat" | "robot"
  readonly address: string
  /** Null: no member has this address, or no single one. */
  readonly person: string | null
}

/** How a post goes out that does not use `message/send` alone: into group chats, as a group robot, as a smart robot. */
export type Channel = "chat" | "robot" | "bot"

/**
 * What the driver did and saw, one line each, in order. `at` is milliseconds since 1970. Together with the simulator's
 * ledger it is all that a verdict needs.
 */
export type Happening = { readonly at: number } & (
  | {
      readonly kind: "run"
      readonly seed: string
      readonly kills: number
      readonly variant: string
      readonly control: string | null
      readonly apps: readonly AppInRun[]
      /** How many gateways share one database. */
      readonly nodes: number
      /** How many look-ups WeCom allows the corp in a minute; the gateway's setting is nine tenths of that. */
      readonly lookupsPerMinute: number
    }
  /** A message is about to be posted for the first time. */
  | {
      readonly kind: "post"
      readonly post: number
      readonly app: string
      /** Part of the text. Posts of one topic have equal bodies. */
      readonly topic: string
      readonly sendAt: number | null
      /** Messages of one lane go out one after another. One client makes all posts of a lane, in their order. */
      readonly lane: string | null
      readonly to: readonly Addressee[]
      readonly channel?: Channel
      /** For a smart robot's post: the app that sends it to members who have no conversation with the robot. */
      readonly otherApp?: string
      /** On a bad day: a reason of its own may delay it, as bad answers to its content, its lane, or its member's rate. */
      readonly mayWait?: true
      /** On a bad day: its calls get bad answers for a while. */
      readonly isAnsweredBadly?: true
    }
  /** One try of a post ended. `info`: it is unknown whether it was accepted. */
  | {
      readonly kind: "tried"
      readonly post: number
      readonly outcome: "ok" | "fail" | "info"
      readonly status: number | null
      readonly id: string | null
      readonly replayed: boolean
      /** On a bad day: how long the try took, in milliseconds. */
      readonly forMs?: number
    }
  | {
      readonly kind: "cancel"
      readonly post: number
      readonly outcome: "ok" | "fail" | "info"
      readonly status: number | null
      /** How many recipients were cancelled, according to the answer. */
      readonly cancelled: number | null
    }
  | {
      readonly kind: "recall"
      readonly post: number
      readonly outcome: "ok" | "fail" | "info"
      readonly status: number | null
    }
  | {
      readonly kind: "retry"
      readonly post: number
      readonly states: readonly string[]
      readonly outcome: "ok" | "fail" | "info"
      readonly status: number | null
      /** How many recipients are retried, according to the answer. */
      readonly retried: number | null
    }
  /** The gateway of a node, counted from 1, takes requests. */
  | { readonly kind: "started"; readonly node: number; readonly afterMs: number }
  /**
   * The process has ended. `life` counts the processes of all nodes, in the order in which they began; `cause` is how it was
   * ended; `underWay` has the names of the exchanges in which it waited for the reply to a send.
   */
  | {
      readonly kind: "died"
      readonly node: number
      readonly life: number
      readonly cause: string
      readonly phases: readonly Phase[]
      readonly underWay: readonly string[]
    }
  | {
      readonly kind: "paused"
      readonly node: number
      readonly life: number
      readonly forMs: number
      readonly underWay: readonly string[]
    }
  /** A node that was asked to stop has ended, `afterMs` later. */
  | { readonly kind: "stopped"; readonly node: number; readonly afterMs: number }
  /** Other nodes have taken over all work of a dead node, `afterMs` after its death was noticed. */
  | { readonly kind: "taken_over"; readonly messages: number; readonly afterMs: number }
  /** The database, or the connection to it, failed. Noted when it works again. */
  | {
      readonly kind: "database"
      readonly fault: "terminated" | "restarted" | "commit_cut"
      /** The only node that it concerns; null: all nodes. */
      readonly node: number | null
      readonly forMs: number
    }
  /** All nodes were restarted, one after another; `unserved` requests got no answer, or 5xx, meanwhile. */
  | { readonly kind: "rolled"; readonly forMs: number; readonly unserved: number }
  /** A call to WeCom met a fault on the wire. `exchange` is the name of the call. */
  | { readonly kind: "wire"; readonly fault: string; readonly path: string; readonly exchange: string }
  /** An answer to a call was `ms` later. */
  | { readonly kind: "slow"; readonly path: string; readonly exchange: string; readonly ms: number }
  | { readonly kind: "tokens_revoked" }
  | { readonly kind: "throttled"; readonly app: string }
  /** On a bad day: a trouble of one node or of all (null) has ended after `forMs`. */
  | {
      readonly kind: "trouble"
      readonly trouble: Trouble
      readonly node: number | null
      /** Details of the trouble. */
      readonly about: string
      readonly forMs: number
    }
  | GoneBack
  /** The configuration of an app is changed. Between the two lines of a change it is unknown which configuration is in force. */
  | {
      readonly kind: "app_change"
      readonly app: string
      readonly change: AppChange
      readonly step: "asked" | "done"
      /** The agent id of the app after the change; 0: there is no such app. */
      readonly agentId: number
    }
  /** The load and the faults have ended. */
  | { readonly kind: "healed" }
  | { readonly kind: "quiet" }
)

/**
 * A standby that lacked the last commits took over from a primary that died. All commits until `from` are there, and none
 * from `lacksFrom` until `diedAt`; in milliseconds since 1970.
 */
export interface GoneBack {
  readonly kind: "gone_back"
  readonly from: number
  readonly lacksFrom: number
  readonly diedAt: number
  /** The id of the last event that is there. */
  readonly lastEvent: number
  /** How many events were lost. While no gateway could log in, it is 0, and no gateway can notice that the database went back. */
  readonly lostEvents: number
  /** Ids of the messages that are there, by whether all their recipients have a result. */
  readonly finished: readonly string[]
  readonly unfinished: readonly string[]
}

/** The kinds of trouble on a bad day. */
export const TROUBLES = [
  "content",
  "clock",
  "storm",
  "frozen",
  "snapshot",
  "dump",
  "password",
  "statement_timeout",
  "hung",
  "pooler",
  "standby",
] as const
export type Trouble = (typeof TROUBLES)[number]

/**
 * `secret_wrong` and `agent_wrong`: the gateway's setting is changed to one that does not exist. `secret_reset`: WeCom has
 * another secret, which the gateway does not know. `mended`: the gateway has the same as WeCom again.
 */
export type AppChange = "secret_wrong" | "agent_wrong" | "secret_reset" | "mended" | "settings" | "deleted" | "created"

export interface AppInRun {
  readonly name: string
  readonly agentId: number
  /** The most messages to a member in a minute. WeCom drops more, and the gateway has the same setting. */
  readonly memberPerMinute: number
}

export type NewHappening = Happening extends infer T ? (T extends Happening ? Omit<T, "at"> : never) : never

/** The driver's log: append-only, a line at a time. */
export class History implements Disposable {
  readonly #handle: number

  constructor(file: string) {
    this.#handle = openSync(file, "ax")
  }

  add(happening: NewHappening): void {
    writeSync(this.#handle, `${JSON.stringify({ at: Date.now(), ...happening })}\n`)
  }

  [Symbol.dispose](): void {
    closeSync(this.#handle)
  }
}

export function readHistory(file: string): Happening[] {
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Happening)
}
