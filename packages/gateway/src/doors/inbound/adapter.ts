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
  /** JSON unless it is a text. */
  readonly body: unknown
}

/** The message that an adapter makes of a request, without its audience. */
export interface Reading {
  /** As WeCom writes it: `msgtype` and the payload of that name. */
  readonly content: Readonly<Record<string, unknown>>
  /** That of the source unless the request says another. */
  readonly priority?: Priority | undefined
  /** RFC 3339, for one that goes out later. */
  readonly sendAt?: string | undefined
  /** Whom the request names beside the audience of its source. */
  readonly also?: { readonly users?: readonly string[]; readonly mobiles?: readonly string[] } | undefined
  /** The same in each repeat of one delivery: its id, or its signature. */
  readonly delivery?: string | undefined
  /** Differences between the message and the request. */
  readonly warnings?: readonly Bilingual[]
  /** A text over WeCom's limit: sent as several messages, or cut. */
  readonly overflow: "split" | "truncate"
}

export interface Refused {
  readonly problem: Problem
  readonly language: Language
}

export interface ReadContext {
  /** Milliseconds since 1970. */
  readonly now: number
  /** Of the source, checked by now. */
  readonly secret: string | undefined
  /** Makes a content of a body by the template of the source; undefined where it has none. */
  readonly render: ((body: string) => Promise<Rendered>) | undefined
  /** Keeps a file for messages of who asks. @returns its id @throws {Problem} what WeCom would refuse, or cannot be kept */
  readonly keepFile: (bytes: Uint8Array, type: MediaType, filename: string | undefined) => Promise<string>
}

/** A protocol that other programs speak. */
export interface Adapter {
  /** Where the protocol has its token, beside those places where every adapter looks. */
  readonly tokenIn?: (call: InboundCall) => string | undefined
  /** The same for those that are in the body: each of several is sent to. */
  readonly tokensInBody?: (call: InboundCall) => readonly string[]
  /** An answer that needs no token, as to a ping. */
  readonly open?: (call: InboundCall) => Answer | undefined
  /** Whether the request is signed with the secret of its source. Absent: the protocol signs nothing. */
  readonly verify?: (call: InboundCall, secret: string, now: number) => boolean
  /** @throws {Problem} what cannot be sent @returns an answer for what sends nothing */
  readonly read: (call: InboundCall, context: ReadContext) => Reading | Answer | Promise<Reading | Answer>
  readonly accepted: (accepted: Accepted, call: InboundCall, reading: Reading) => Answer
  /** In the protocol's own form; a problem document unless given. */
  readonly refused?: (refused: Refused, call: InboundCall) => Answer
}
