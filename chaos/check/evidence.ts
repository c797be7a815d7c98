import type { Happening } from "../history.ts"

/** All that a verdict rests on. */
export interface Evidence {
  readonly happenings: readonly Happening[]
  /** The simulator's ledger, in its order. */
  readonly calls: readonly LedgerCall[]
  /** What the gateway's API tells, by message id. */
  readonly told: ReadonlyMap<string, ToldMessage>
}

export interface LedgerCall {
  readonly seq: number
  /** When it arrived, in milliseconds since 1970. */
  readonly at: number
  /** As in `/cgi-bin/message/send`. */
  readonly path: string
  /** The name of its exchange; undefined where a fault on the wire removed it. For a frame its SHA-256. */
  readonly exchange?: string
  /** The number of the node, from 1, taken from the name of the exchange. */
  readonly node?: number
  readonly errcode: number | null
  /** The SHA-256 of the bytes as they arrived. */
  readonly sha256: string
  /** For a call that sends: the first word of its text. */
  readonly topic?: string
  /** The chatid that it names: of a chat, or of a conversation of a smart robot. */
  readonly target?: string
  readonly agentId?: number
  readonly userCount?: number
  readonly isChecked?: boolean
  /** WeCom's handle: what a `message/send` was answered with, or what a `message/recall` names. */
  readonly msgid?: string
  /** For a `getuserid`. */
  readonly mobile?: string
  readonly shown: readonly string[]
  readonly suppressed: readonly string[]
  readonly dropped: readonly string[]
}

export interface ToldMessage {
  readonly id: string
  readonly state: string
  readonly recipients: readonly ToldRecipient[]
  /** For a message in a lane: when its first try with an unknown outcome began, in milliseconds since 1970. */
  readonly inDoubtSince?: number
}

export interface ToldRecipient {
  readonly type: string
  readonly address: string
  readonly state: string
  readonly userid: string | null
  readonly reason: string | null
  /** The app from which it gets, or should have got, the message. */
  readonly app?: string
}

export const FAULTS = [
  "lost",
  "duplicated",
  "unexpected",
  "untruthful",
  "disordered",
  "unbounded",
  "silent",
  "store",
] as const
export type FaultKind = (typeof FAULTS)[number]

/** Something that must not be. */
export interface Fault {
  readonly kind: FaultKind
  readonly text: string
  /** Some of those where it was found. */
  readonly places: readonly string[]
  /** How many recipients, calls or rows it concerns. */
  readonly count: number
}

export const SEND_PATH = "/cgi-bin/message/send"
export const CHAT_PATH = "/cgi-bin/appchat/send"
export const ROBOT_PATH = "/cgi-bin/webhook/send"
/** A frame of a smart robot. */
export const FRAME_PATH = "/_bot/aibot_send_msg"
export const LOOKUP_PATH = "/cgi-bin/user/getuserid"
export const RECALL_PATH = "/cgi-bin/message/recall"
export const TOKEN_PATH = "/cgi-bin/gettoken"
