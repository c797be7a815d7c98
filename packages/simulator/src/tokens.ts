import { TOKEN_LIFETIME_SECONDS } from "@wecom-push/protocol"
import { randomId } from "./ids.ts"

export interface IssuedToken {
  readonly agentid: number
  /** A token dies with the secret it was got for. */
  readonly secret: string
  readonly expiresAtMs: number
  revoked: boolean
}

/** 216 characters, as long as WeCom's shortest. */
const TOKEN_BYTES = 162
// Enough to tell a dead token from one that never was, without growing when repeat_token is off.
const REMEMBERED_TOKENS = 10_000

/** The tokens ever issued, and which is each app's newest. @see wecom document 91039 */
export class Tokens {
  readonly #issued = new Map<string, IssuedToken>()
  readonly #newest = new Map<number, string>()

  /** @param repeat whether a token that still lives is given again; its end does not move */
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
    const token = randomId(TOKEN_BYTES)
    const expiresAtMs = nowMs + TOKEN_LIFETIME_SECONDS * 1000
    this.#issued.set(token, { agentid: app.agentid, secret: app.secret, expiresAtMs, revoked: false })
    this.#newest.set(app.agentid, token)
    if (this.#issued.size > REMEMBERED_TOKENS) this.#forgetOldest()
    return { token, expiresInSeconds: TOKEN_LIFETIME_SECONDS }
  }

  find(token: string): IssuedToken | undefined {
    return this.#issued.get(token)
  }

  /** Kills every token before its time and tells how many there were. */
  revokeAll(nowMs: number): number {
    let living = 0
    for (const token of this.#issued.values()) {
      if (lives(token, nowMs)) living++
      token.revoked = true
    }
    return living
  }

  reset(): void {
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
