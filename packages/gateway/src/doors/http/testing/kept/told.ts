/** Facts about a kept database: written beside it by `npm run keep-database`, read by the test that brings it up to date. */
export interface Told {
  /** Of the gateway that wrote it. */
  readonly version: string
  readonly commit: string
  /** When it was killed, in ms. */
  readonly writtenAt: number
  readonly adminKey: string
  /** 64 hex digits. */
  readonly masterKey: string
  /** Of a client, which may send as `alerts`. */
  readonly clientKey: string
  readonly messages: readonly ToldMessage[]
  /** A request that was accepted, to be repeated. */
  readonly repeated: { readonly key: string; readonly body: unknown; readonly id: string }
  /** Of the last event. */
  readonly lastEvent: number
}

export interface ToldMessage {
  readonly id: string
  /** Its messages on phones: the text, or the type where it is no text. */
  readonly shows: string
  /** To whom it goes, by userid. */
  readonly to: readonly string[]
  readonly state: string
  /** Whether phones have shown it. */
  readonly hasBeenShown: boolean
  /** The bytes of its call, as base64, where that was under way. */
  readonly body?: string
  /** In which it has a place, which the texts count. */
  readonly lane?: string
}

/** The corp of all of them: the seed organisation, and so many members more. */
export const KEPT_MEMBERS = 60

export const KEPT_APPS = [
  { name: "alerts", agentId: 1_000_002, secret: "sim-secret-alerts" },
  { name: "root", agentId: 1_000_004, secret: "sim-secret-root" },
] as const
