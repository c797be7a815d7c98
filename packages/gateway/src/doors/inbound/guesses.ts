import { isIPv6 } from "node:net"
import { Problem } from "../../problems/problem.ts"
import { unknownToken } from "./refusals.ts"

/**
 * Slows down clients that guess tokens. For each address, ten wrong tokens a minute get the normal refusal; for more, the
 * client must try again later. A right token is accepted whatever others behind the same proxy try.
 */
export class Guesses {
  readonly #wrong = new Map<string, { count: number; since: number }>()

  /** One more wrong token. @returns the answer to its sender @param now milliseconds since 1970 */
  refuse(peer: string | undefined, now: number): Problem {
    const place = placeOf(peer ?? "")
    const known = this.#wrong.get(place)
    const isOver = known === undefined || now - known.since >= MINUTE_MS || now < known.since
    if (isOver) {
      if (this.#wrong.size >= MAX_PLACES) this.#wrong.clear()
      this.#wrong.set(place, { count: 1, since: now })
      return unknownToken()
    }
    known.count++
    if (known.count <= MOST_WRONG) return unknownToken()
    const retryAfterSeconds = Math.ceil((known.since + MINUTE_MS - now) / 1000)
    return new Problem("rate_limited", { retryAfterSeconds, detail: tooManyWrong(retryAfterSeconds) })
  }
}

const MINUTE_MS = 60_000
const MOST_WRONG = 10
const MAX_PLACES = 10_000

/** A client that has one IPv6 address has its whole network. */
function placeOf(peer: string): string {
  if (!isIPv6(peer) || peer.startsWith("::ffff:")) return peer
  return peer.split(":").slice(0, 4).join(":")
}

function tooManyWrong(seconds: number): { en: string; zh: string } {
  return {
    en: `This address sent more than ${MOST_WRONG} wrong tokens in a minute; correct the token and wait ${seconds} s.`,
    zh: `该地址一分钟内发送了超过 ${MOST_WRONG} 个错误的 token；请更正 token 并等待 ${seconds} 秒。`,
  }
}
