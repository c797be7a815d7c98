import { classifyErrcode } from "@wecom-push/protocol"
import type { Readable } from "node:stream"
import { TransportFault } from "../transport.ts"
import type { Transport } from "../transport.ts"
import type { AttemptLimit } from "./attempt-limit.ts"

/** A call of another program, which is passed on unchanged, with a token of ours. */
export interface PassRequest {
  /** Below `/cgi-bin/`, such as `user/get`. */
  readonly path: string
  readonly method: "GET" | "POST"
  /** The caller's query as written, without a token; empty or `name=value&…`. */
  readonly search: string
  readonly headers: Readonly<Record<string, string>>
  /** Bytes can be sent again, a stream cannot. */
  readonly body: Uint8Array | Readable | null
  /** Milliseconds since 1970; it applies to the head of the answer. */
  readonly deadline: number
  /** Ends the whole exchange, reading the answer too. The caller releases it. */
  readonly limit: AttemptLimit
}

/** WeCom's answer. */
export interface PassedAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** A buffer when the answer says that it is short; otherwise a stream, which must be read or destroyed. */
  readonly body: Buffer | Readable
}

/** The longest answer that is read whole: making a stream for a short one would take longer than everything else. */
export const WHOLE_ANSWER_BYTES = 64 * 1024

/** Returned in place of WeCom's answer, which refused the token that a streamed request was sent with. */
export const TOKEN_DIED = "token_died"

/** A request as it is sent. */
export type RawRequest = Pick<PassRequest, "method" | "search" | "headers" | "body" | "limit">

/** A transport that passes streams on unchanged, in both directions. */
export interface PassingTransport extends Transport {
  /**
   * @param url with the token: `search` is appended to it
   * @throws {TransportFault} when not even a head arrives
   */
  pass(url: URL, request: RawRequest): Promise<PassedAnswer>
}

export function passes(transport: Transport): transport is PassingTransport {
  return "pass" in transport && typeof transport.pass === "function"
}

/**
 * Reads the errcode at the beginning of an answer without removing anything from its body; undefined for a file, and
 * for an answer that begins otherwise.
 */
export async function errcodeAhead({ headers, body }: PassedAnswer): Promise<number | undefined> {
  if (headers["content-disposition"] !== undefined) return undefined
  if (!/^(?:application\/json|text\/)|^$/i.test(headers["content-type"] ?? "")) return undefined
  const first = Buffer.isBuffer(body) ? body : await firstPiece(body)
  if (first === undefined) return undefined
  if (!Buffer.isBuffer(body)) body.unshift(first)
  const [, digits] = /"errcode"\s*:\s*(-?\d{1,9})/.exec(first.subarray(0, LOOKED_AT_BYTES).toString("latin1")) ?? []
  return digits === undefined ? undefined : Number(digits)
}

/** WeCom writes the errcode first, so this is enough. */
const LOOKED_AT_BYTES = 512

async function firstPiece(body: Readable): Promise<Buffer | undefined> {
  const held: unknown = body.read()
  if (Buffer.isBuffer(held)) return held
  if (body.readableEnded || body.destroyed) return undefined
  const { promise, resolve, reject } = Promise.withResolvers<undefined>()
  const onReadable = (): void => resolve(undefined)
  body.once("readable", onReadable).once("end", onReadable).once("error", reject)
  try {
    await promise
  } finally {
    body.off("readable", onReadable).off("end", onReadable).off("error", reject)
  }
  const piece: unknown = body.read()
  return Buffer.isBuffer(piece) ? piece : undefined
}

/** Whether the code means that the token is no longer valid, as every other call of ours reads it. */
export function isTokenRefusal(errcode: number | undefined, path: string): errcode is number {
  return errcode !== undefined && errcode !== 0 && classifyErrcode(errcode, path).class === "token"
}

/** Reads a short answer to its end, so that its connection can be used again. */
export function passOver({ body }: PassedAnswer): void {
  if (!Buffer.isBuffer(body)) body.on("error", () => undefined).resume()
}

export function cannotPass(url: URL): TransportFault {
  return new TransportFault("protocol", false, { host: url.host, code: "passes_no_streams" })
}
