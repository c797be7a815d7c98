import { hash } from "node:crypto"

export interface LookupScope {
  readonly baseUrl: string
  readonly corpId: string
  readonly agentId: number
  readonly secret: string
}

/** Names under which look-ups are kept. */
export interface LookupKeys {
  /** Per app, since an answer depends on what the app may see; with its secret, lest a number be guessed from its key. */
  record(question: string): string
  /** Per corp: a lock-out meets every app of it. */
  readonly pause: string
}

export function lookupKeys({ baseUrl, corpId, agentId, secret }: LookupScope): LookupKeys {
  const app = shortHash(`${baseUrl}\n${corpId}\n${agentId}\n${secret}`)
  return { record: (question) => shortHash(`${app}\n${question}`), pause: shortHash(`${baseUrl}\n${corpId}`) }
}

/** 132 bits keep millions of numbers apart in half the memory of the whole. */
function shortHash(text: string): string {
  return hash("sha256", text, "base64url").slice(0, 22)
}
