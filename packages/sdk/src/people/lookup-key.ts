import { hash } from "node:crypto"

export interface LookupScope {
  readonly baseUrl: string
  readonly corpId: string
  readonly agentId: number
  readonly secret: string
}

/** The keys under which look-ups are stored. */
export interface LookupKeys {
  /**
   * Per app, since an answer depends on what the app may see. The hash includes the app's secret, so that no number can
   * be guessed from a key.
   */
  record(question: string): string
  /** Per corp: closed look-ups affect all of its apps. */
  readonly pause: string
}

export function lookupKeys({ baseUrl, corpId, agentId, secret }: LookupScope): LookupKeys {
  const app = shortHash(`${baseUrl}\n${corpId}\n${agentId}\n${secret}`)
  return { record: (question) => shortHash(`${app}\n${question}`), pause: shortHash(`${baseUrl}\n${corpId}`) }
}

/** 132 bits distinguish millions of numbers and need half the memory of the whole hash. */
function shortHash(text: string): string {
  return hash("sha256", text, "base64url").slice(0, 22)
}
