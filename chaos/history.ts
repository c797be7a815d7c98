import { closeSync, openSync, readFileSync, writeSync } from "node:fs"

/** Where the gateway was when it died. It can be in several phases at once; `idle` is none of them. */
export const PHASES = ["start", "accept", "resolve", "in_flight", "settle", "idle"] as const
export type Phase = (typeof PHASES)[number]

/** One address of a post, and whose it is. */
export interface Addressee {
  /** Of a group robot, whose address is its name, the only one. */
  readonly type: "user" | "mobile" | "chat" | "robot"
  readonly address: string
  /** Null: no member has this address, or no single one. */
  readonly person: string | null
}

/** How a post goes out, where that is not by `message/send` alone: into group chats, as a group robot, as a smart robot. */
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
      /** Gateways on one database. */
      readonly nodes: number
      /** What WeCom takes of the corp in a minute; the gateway's setting is nine tenths of it. */
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
      /** Messages of one lane go out one after another. Its posts are made by one client, in their order. */
      readonly lane: string | null
      readonly to: readonly Addressee[]
      readonly channel?: Channel
      /** Of a smart robot's: the app from which members get it who are not opened. */
      readonly otherApp?: string
      /** Of a bad day: something of its own may hold it up, as the answer to its content, its lane, or its member's rate. */
      readonly mayWait?: true
      /** Of a bad day: its calls are answered badly for a while. */
      readonly isAnsweredBadly?: true
    }
  /** One try of a post ended. `info`: it is unknown whether it was taken. */
  | {
      readonly kind: "tried"
      readonly post: number
      readonly outcome: "ok" | "fail" | "info"
      readonly status: number | null
      readonly id: string | null
      readonly replayed: boolean
      /** Of a bad day: it began so long ago. */
      readonly forMs?: number
    }
  | {
      readonly kind: "cancel"
      readonly post: number
      readonly outcome: "ok" | "fail" | "info"
      readonly status: number | null
      /** Recipients that were kept back, as answered. */
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
      /** Recipients that are tried again, as answered. */
      readonly retried: number | null
    }
  /** Of a node, from 1, a gateway takes requests. */
  | { readonly kind: "started"; readonly node: number; readonly afterMs: number }
  /**
   * The process is gone. `life` counts those of all nodes, in the order in which they began; `cause` is how it was ended;
   * `underWay` has the names of the exchanges in which it waited for the reply to a send.
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
  /** It was asked to stop so long ago, and has ended. */
  | { readonly kind: "stopped"; readonly node: number; readonly afterMs: number }
  /** Nothing that a dead node had at work is kept back for it any more: so long after its death was seen. */
  | { readonly kind: "taken_over"; readonly messages: number; readonly afterMs: number }
  /** The database, or the way to it, failed, and is there again: noted when it is. */
  | {
      readonly kind: "database"
      readonly fault: "terminated" | "restarted" | "commit_cut"
      /** It concerns this one alone; null: all. */
      readonly node: number | null
      readonly forMs: number
    }
  /** Every node was asked to stop, one after another, and another started in its place; meanwhile so many requests got no answer, or 5xx. */
  | { readonly kind: "rolled"; readonly forMs: number; readonly unserved: number }
  /** A call to WeCom met a fault on the wire. `exchange` is its name. */
  | { readonly kind: "wire"; readonly fault: string; readonly path: string; readonly exchange: string }
  /** An answer to a call was so much later. */
  | { readonly kind: "slow"; readonly path: string; readonly exchange: string; readonly ms: number }
  | { readonly kind: "tokens_revoked" }
  | { readonly kind: "throttled"; readonly app: string }
  /** Of a bad day: something went wrong for so long, of this node alone or of all (null), and is right again now. */
  | {
      readonly kind: "trouble"
      readonly trouble: Trouble
      readonly node: number | null
      /** What it was in particular. */
      readonly about: string
      readonly forMs: number
    }
  | GoneBack
  /** An app is configured anew. Between its two lines it is unknown which configuration is in force. */
  | {
      readonly kind: "app_change"
      readonly app: string
      readonly change: AppChange
      readonly step: "asked" | "done"
      /** That the app has when it is done; 0: there is no such app. */
      readonly agentId: number
    }
  /** No more load, no more faults. */
  | { readonly kind: "healed" }
  | { readonly kind: "quiet" }
)

/**
 * A server of the database that lacked the last commits took over from one that died. All that was committed by `from` is
 * there, and nothing that was committed from `lacksFrom` until `diedAt`; in milliseconds since 1970.
 */
export interface GoneBack {
  readonly kind: "gone_back"
  readonly from: number
  readonly lacksFrom: number
  readonly diedAt: number
  /** The id of the last event that is there. */
  readonly lastEvent: number
  /** How many events are not: while no gateway could log in, none was lost, and none can find that it has gone back. */
  readonly lostEvents: number
  /** Ids of the messages that are there, by whether all their recipients have a result. */
  readonly finished: readonly string[]
  readonly unfinished: readonly string[]
}

/** What a bad day is made of. */
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
 * `secret_wrong` and `agent_wrong`: set at the gateway to one that does not exist. `secret_reset`: another one at WeCom, which
 * the gateway does not know. `mended`: the gateway has what WeCom has.
 */
export type AppChange = "secret_wrong" | "agent_wrong" | "secret_reset" | "mended" | "settings" | "deleted" | "created"

export interface AppInRun {
  readonly name: string
  readonly agentId: number
  /** WeCom drops what is beyond it, and the gateway's setting is the same. */
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
