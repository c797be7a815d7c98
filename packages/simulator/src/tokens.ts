import { TOKEN_LIFETIME_SECONDS } from "@wecom-push/protocol"
import { readSignedToken, signedToken } from "./signed-token.ts"

export interface IssuedToken {
  readonly agentid: number
  /** The secret for which the token was issued; a new secret makes the token invalid. */
  readonly secret: string
  readonly expiresAtMs: number
  revoked: boolean
}

// Enough to distinguish an invalid token from an unknown one, without growing when repeat_token is off.
const REMEMBERED_TOKENS = 10_000

/** All tokens that were issued, and the newest one of each app. @see wecom document 91039 */
export class Tokens {
  /**
   * The times of the last token, of a reset and of a revocation. Tokens that another simulator issued up to them are
   * known only by their signature.
   */
  #lastIssuedAtMs = 0
  #forgottenUntilMs = 0
  #revokedUntilMs = 0
  readonly #issued = new Map<string, IssuedToken>()
  readonly #newest = new Map<number, string>()

  /** @param repeat whether a token that is still valid is returned again; its end does not move */
  issue(app: { readonly agentid: number; readonly secret: string }, nowMs: number, repeat: boolean): NewToken {
    const newest = this.#newest.get(app.agentid)
    const living = newest === undefined ? undefined : this.#issued.get(newest)
    if (
      repeat &&
      newest !== undefined &&
      living !== undefined &&
      living.secret === app.secret &&
      lives(living, nowMs)
    ) {
      return { token: newest, expiresInSeconds: Math.ceil((living.expiresAtMs - nowMs) / 1000) }
    }
    const token = signedToken({ agentid: app.agentid, issuedAtMs: nowMs }, app.secret)
    this.#lastIssuedAtMs = Math.max(this.#lastIssuedAtMs, nowMs)
    const expiresAtMs = nowMs + TOKEN_LIFETIME_SECONDS * 1000
    this.#issued.set(token, { agentid: app.agentid, secret: app.secret, expiresAtMs, revoked: false })
    this.#newest.set(app.agentid, token)
    if (this.#issued.size > REMEMBERED_TOKENS) this.#forgetOldest()
    return { token, expiresInSeconds: TOKEN_LIFETIME_SECONDS }
  }

  /**
   * Also finds a token of a simulator that ran before this one with the same secret: a client can keep its token when
   * the simulator restarts, as it could with WeCom, which never forgets a token.
   */
  find(token: string, secretOf: (agentid: number) => string | undefined, nowMs: number): IssuedToken | undefined {
    const known = this.#issued.get(token)
    if (known !== undefined) return known
    const read = readSignedToken(token, secretOf)
    if (read === undefined || read.issuedAtMs > nowMs || read.issuedAtMs <= this.#forgottenUntilMs) return undefined
    const { agentid, secret, issuedAtMs } = read
    const revoked = issuedAtMs <= this.#revokedUntilMs
    return { agentid, secret, expiresAtMs: issuedAtMs + TOKEN_LIFETIME_SECONDS * 1000, revoked }
  }

  /** Makes every token invalid and returns how many were valid. */
  revokeAll(nowMs: number): number {
    let living = 0
    for (const token of this.#issued.values()) {
      if (lives(token, nowMs)) living++
      token.revoked = true
    }
    this.#revokedUntilMs = Math.max(nowMs, this.#lastIssuedAtMs)
    return living
  }

  reset(nowMs: number): void {
    this.#forgottenUntilMs = Math.max(nowMs, this.#lastIssuedAtMs)
    this.#issued.clear()
    this.#newest.clear()
  }

  #forgetOldest(): void {
    for (const token of this.#issued.keys()) {
      this.#issued.delete(token)
      return
    }
  }
}

interface NewToken {
  readonly token: string
  readonly expiresInSeconds: number
}

export function lives(token: IssuedToken, nowMs: number): boolean {
  return !token.revoked && nowMs < token.expiresAtMs
}
