import type { ContentFlag } from "./send/content-flags.ts"

/** Flags that every command takes. */
export interface CommonFlags {
  readonly json?: true
  readonly lang?: string
  readonly quiet?: true
}

/** Flags of the commands that call a gateway. */
export interface GatewayFlags extends CommonFlags {
  readonly config?: string
  /** `true` when the flag has no address. */
  readonly gateway?: string | true
  readonly key?: string
}

/** Flags of the commands that call WeCom, or a gateway in its place. */
export interface AccessFlags extends GatewayFlags {
  readonly corpId?: string
  readonly agentId?: string
  readonly secretFile?: string
  readonly baseUrl?: string
}

/** Repeatable flags are lists of the given values, unparsed. */
export interface SendFlags extends AccessFlags, Partial<Readonly<Record<ContentFlag, readonly string[]>>> {
  readonly mobile?: readonly string[]
  readonly email?: readonly string[]
  readonly user?: readonly string[]
  readonly department?: readonly string[]
  readonly tag?: readonly string[]
  readonly chat?: readonly string[]
  readonly mobilesFrom?: readonly string[]
  readonly all?: true
  readonly yes?: true
  /** `true` when the flag is given without a key. */
  readonly robot?: string | true

  readonly safe?: true
  readonly enableIdTrans?: true
  readonly duplicateCheck?: string
  readonly overflow?: string
  /** False after `--no-strict`. */
  readonly strict?: boolean
  readonly dryRun?: true
  readonly fresh?: true
  readonly mobileCheck?: string
  readonly resume?: string

  readonly app?: string
  readonly idempotencyKey?: string
  readonly priority?: string
  readonly orderKey?: string
  readonly sendAt?: string
  readonly expiresAt?: string
  readonly wait?: string
}

export interface LookupFlags extends AccessFlags {
  readonly app?: string
  readonly mobile?: readonly string[]
  readonly email?: readonly string[]
  readonly fresh?: true
  readonly mobileCheck?: string
}

export interface CardUpdateFlags extends AccessFlags {
  readonly button?: string
  readonly templateCard?: readonly string[]
  readonly user?: readonly string[]
  readonly department?: readonly string[]
  readonly tag?: readonly string[]
  readonly enableIdTrans?: true
  /** False after `--no-strict`. */
  readonly strict?: boolean
}

export interface DirectoryFlags extends AccessFlags {
  readonly app?: string
  readonly fresh?: true
}

export interface MembersFlags extends DirectoryFlags {
  readonly department?: string
  readonly find?: string
}

export interface ChatFlags extends AccessFlags {
  readonly app?: string
  readonly chatid?: string
  readonly name?: string
  readonly owner?: string
  readonly user?: readonly string[]
  readonly add?: readonly string[]
  readonly remove?: readonly string[]
}

export interface ListenFlags extends CommonFlags {
  readonly config?: string
  readonly port?: string
  readonly host?: string
  readonly corpId?: string
  readonly agentId?: string
  readonly baseUrl?: string
}

export interface DoctorFlags extends AccessFlags {
  readonly mobile?: readonly string[]
  readonly mobileCheck?: string
  readonly code?: string
  /** `true` for the database of the settings. */
  readonly database?: string | true
}

export interface InitFlags extends AccessFlags {
  readonly database?: string
  readonly mobile?: string
  readonly user?: string
}

export interface DatabaseFlags extends CommonFlags {
  readonly config?: string
  readonly database?: string
}
