/** Facts about a kept database: `npm run keep-database` writes them beside it, and the test that upgrades it reads them. */
export interface Told {
  /** The version of the gateway that wrote it. */
  readonly version: string
  readonly commit: string
  /** When it was killed, in ms. */
  readonly writtenAt: number
  readonly adminKey: string
  /** 64 hex digits. */
  readonly masterKey: string
  /** The key of a client, which may send as `alerts`. */
  readonly clientKey: string
  readonly messages: readonly ToldMessage[]
  /** A request that was accepted, to be repeated. */
  readonly repeated: { readonly key: string; readonly body: unknown; readonly id: string }
  /** The id of the last event. */
  readonly lastEvent: number
}

export interface ToldMessage {
  readonly id: string
  /** How phones show the message: its text, or its type if it is no text. */
  readonly shows: string
  /** The userids of its recipients. */
  readonly to: readonly string[]
  readonly state: string
  /** Whether phones have shown it. */
  readonly hasBeenShown: boolean
  /** The bytes of its call, as base64, where that was under way. */
  readonly body?: string
  /** The lane of the message. The texts of a lane are numbered. */
  readonly lane?: string
}

/** All kept databases use one corp: the seed organisation with this many more members. */
export const KEPT_MEMBERS = 60

export const KEPT_APPS = [
  { name: "alerts", agentId: 1_000_002, secret: "sim-secret-alerts" },
  { name: "root", agentId: 1_000_004, secret: "sim-secret-root" },
] as const
