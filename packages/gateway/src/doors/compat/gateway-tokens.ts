import { randomBytes, timingSafeEqual } from "node:crypto"
import { TOKEN_LIFETIME_SECONDS } from "@wecom-push/protocol"
import type { TokenStore } from "@wecom-push/sdk"
import type { KeyRecord } from "../../model/ports/keys.ts"
import type { KeyRing } from "../kit/key-ring.ts"

export interface IssuedToken {
  readonly token: string
  readonly expiresInSeconds: number
}

export interface TokenHolder {
  readonly key: KeyRecord
  readonly corpId: string
}

export interface GatewayTokensDeps {
  /** Keeps them encrypted, so that they outlive a restart. */
  readonly tokens: TokenStore
  readonly keyRing: KeyRing
  readonly now: () => number
}

/**
 * The gateway's own access tokens: each belongs to a key and one corp. As with WeCom, a request gets the same token for as
 * long as it lives, and its end does not move. It dies with its key.
 * @see https://developer.work.weixin.qq.com/document/path/91039
 */
export class GatewayTokens {
  readonly #deps: GatewayTokensDeps
  /** Tokens of the store, as far as it was asked. */
  readonly #known = new Map<string, Known>()

  constructor(deps: GatewayTokensDeps) {
    this.#deps = deps
  }

  async issue(key: KeyRecord, corpId: string): Promise<IssuedToken> {
    const { tokens } = this.#deps
    const place = placeOf(key, corpId)
    const issue = (): Promise<IssuedToken> => this.#issueAt(place, key, corpId)
    return tokens.exclusively === undefined ? issue() : tokens.exclusively(place, issue)
  }

  /** @returns undefined for a token that never was, has expired, or whose key is revoked */
  async holderOf(token: string): Promise<TokenHolder | undefined> {
    const { keyRing, now } = this.#deps
    const names = namesIn(token)
    const key = names === undefined ? undefined : await keyRing.findById(names.keyId, now())
    if (names === undefined || key === undefined) return undefined
    const place = placeOf(key, names.corpId)
    const known = this.#living(place)
    if (known !== undefined && isEqual(known.token, token)) return { key, corpId: names.corpId }
    const stored = await this.#read(place)
    return stored !== undefined && isEqual(stored.token, token) ? { key, corpId: names.corpId } : undefined
  }

  async #issueAt(place: string, key: KeyRecord, corpId: string): Promise<IssuedToken> {
    const { tokens, now } = this.#deps
    const living = this.#living(place) ?? (await this.#read(place))
    if (living !== undefined) {
      return { token: living.token, expiresInSeconds: Math.ceil((living.expiresAt - now()) / 1000) }
    }
    const fresh = { token: newToken(key.id, corpId), expiresAt: now() + TOKEN_LIFETIME_SECONDS * 1000 }
    await tokens.set(place, fresh)
    this.#remember(place, fresh)
    return { token: fresh.token, expiresInSeconds: TOKEN_LIFETIME_SECONDS }
  }

  #living(place: string): Known | undefined {
    const known = this.#known.get(place)
    return known !== undefined && this.#deps.now() < known.expiresAt ? known : undefined
  }

  async #read(place: string): Promise<Known | undefined> {
    const record = await this.#deps.tokens.get(place)
    if (record?.token === undefined || record.expiresAt === undefined) return undefined
    const { token, expiresAt } = record
    this.#remember(place, { token, expiresAt })
    return this.#living(place)
  }

  #remember(place: string, known: Known): void {
    if (this.#known.size >= MAX_KNOWN) this.#known.clear()
    this.#known.set(place, known)
  }
}

interface Known {
  readonly token: string
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

const MAX_KNOWN = 10_000
const SECRET_BYTES = 33
const SECRET_LENGTH = 44

/** By the key's hash: a new key in the environment makes another holder of the same id. */
function placeOf(key: KeyRecord, corpId: string): string {
  return `compat ${key.hash} ${corpId}`
}

/** Names its holder, so that no search is needed; the random part proves it. */
function newToken(keyId: string, corpId: string): string {
  return randomBytes(SECRET_BYTES).toString("base64url") + Buffer.from(`${keyId} ${corpId}`).toString("base64url")
}

/** Whether a gateway made it, this one or another: its key or its database may be gone. WeCom's own tokens look otherwise. */
export function isOfAGateway(token: string): boolean {
  return namesIn(token) !== undefined
}

function namesIn(token: string): { readonly keyId: string; readonly corpId: string } | undefined {
  if (token.length > MAX_TOKEN_LENGTH || !/^[\w-]+$/.test(token)) return undefined
  const names = Buffer.from(token.slice(SECRET_LENGTH), "base64url").toString()
  const [keyId = "", corpId = "", more] = names.split(" ")
  return /^key_[\w-]+$/.test(keyId) && corpId !== "" && more === undefined ? { keyId, corpId } : undefined
}

/** WeCom's own may have as many bytes. */
const MAX_TOKEN_LENGTH = 512

/** Asked with every call, so without hashes of both: how long a token is, is no secret. */
function isEqual(one: string, other: string): boolean {
  const [ofOne, ofOther] = [Buffer.from(one), Buffer.from(other)]
  return ofOne.length === ofOther.length && timingSafeEqual(ofOne, ofOther)
}
