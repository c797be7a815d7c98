import type { Bilingual, Language, MediaType } from "@wecom-push/protocol"
import type { Accepted } from "../../accept/acceptor.ts"
import type { Rendered } from "../../accept/templates/template-results.ts"
import type { Priority } from "../../model/message.ts"
import type { Problem } from "../../problems/problem.ts"
import type { InboundCall } from "./inbound-call.ts"

/** The answer to the caller, in the form of its protocol. */
export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON unless it is a text. */
  readonly body: unknown
}

/** The message that an adapter makes of a request, without its audience. */
export interface Reading {
  /** The content as WeCom writes it: `msgtype` and the payload of that name. */
  readonly content: Readonly<Record<string, unknown>>
  /** The priority of the source unless the request gives another. */
  readonly priority?: Priority | undefined
  /** An RFC 3339 time, for a message that is sent later. */
  readonly sendAt?: string | undefined
  /** Recipients that the request names in addition to the audience of its source. */
  readonly also?: { readonly users?: readonly string[]; readonly mobiles?: readonly string[] } | undefined
  /** The same in each repeat of one delivery: the delivery's id, or its signature. */
  readonly delivery?: string | undefined
  /** Differences between the message and the request. */
  readonly warnings?: readonly Bilingual[]
  /** How to handle a text over WeCom's limit: send it as several messages, or cut it. */
  readonly overflow: "split" | "truncate"
}

export interface Refused {
  readonly problem: Problem
  readonly language: Language
}

export interface ReadContext {
  /** Milliseconds since 1970. */
  readonly now: number
  /** The secret of the source; the request has been checked with it. */
  readonly secret: string | undefined
  /** Makes a content from a body by the template of the source; undefined if the source has none. */
  readonly render: ((body: string) => Promise<Rendered>) | undefined
  /**
   * Stores a file for the caller's messages.
   * @returns its id
   * @throws {Problem} if WeCom would refuse the file, or it cannot be stored
   */
  readonly keepFile: (bytes: Uint8Array, type: MediaType, filename: string | undefined) => Promise<string>
}

/** A protocol that other programs speak. */
export interface Adapter {
  /** Finds the token where the protocol has it, in addition to the places where every adapter looks. */
  readonly tokenIn?: (call: InboundCall) => string | undefined
  /** The same for tokens in the body: the message goes to the sources of all of them. */
  readonly tokensInBody?: (call: InboundCall) => readonly string[]
  /** The methods of the path; GET, POST and PUT unless given. */
  readonly methods?: (call: InboundCall) => readonly string[] | undefined
  /** An answer that needs no token, as to a ping. */
  readonly open?: (call: InboundCall) => Answer | undefined
  /** Whether the request is signed with the secret of its source. Absent: the protocol signs nothing. */
  readonly verify?: (call: InboundCall, secret: string, now: number) => boolean
  /** @returns the message, or an answer to a request that sends nothing @throws {Problem} if the message cannot be sent */
  readonly read: (call: InboundCall, context: ReadContext) => Reading | Answer | Promise<Reading | Answer>
  readonly accepted: (accepted: Accepted, call: InboundCall, reading: Reading) => Answer
  /** A refusal in the protocol's own form; a problem document unless given. */
  readonly refused?: (refused: Refused, call: InboundCall) => Answer
}
