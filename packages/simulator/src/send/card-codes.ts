import type { SentMessage } from "../ledger.ts"

interface CardCode {
  readonly message: SentMessage
  readonly madeAtMs: number
  used: boolean
}

/** The `response_code`s given out: each changes its card once. @see wecom document 94888 */
export class CardCodes {
  readonly #codes = new Map<string, CardCode>()
  readonly #ofMessage = new Map<SentMessage, string[]>()

  add(code: string, message: SentMessage, nowMs: number): void {
    this.#codes.set(code, { message, madeAtMs: nowMs, used: false })
    const codes = this.#ofMessage.get(message)
    if (codes === undefined) this.#ofMessage.set(message, [code])
    else codes.push(code)
  }

  /** The card that the code is good for. */
  find(code: string, lifetimeMs: number, nowMs: number): SentMessage | undefined {
    const found = this.#codes.get(code)
    if (found === undefined || found.used || nowMs >= found.madeAtMs + lifetimeMs) return undefined
    return found.message
  }

  /** A code is spent by its first use, whatever comes of it. */
  spend(code: string): void {
    const found = this.#codes.get(code)
    if (found !== undefined) found.used = true
  }

  forget(message: SentMessage): void {
    for (const code of this.#ofMessage.get(message) ?? []) this.#codes.delete(code)
    this.#ofMessage.delete(message)
  }

  reset(): void {
    this.#codes.clear()
    this.#ofMessage.clear()
  }
}
