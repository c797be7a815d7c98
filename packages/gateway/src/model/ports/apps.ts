import type { Party } from "../party.ts"
import type { ExpectedVersion, Unchanged } from "./versions.ts"

/** An app of a corp as the gateway knows it. Its secrets are asked for by name, so that no listing can leak them. */
export interface AppRecord extends Party {
  readonly name: string
  readonly agentId: number
  readonly createdAt: number
  readonly updatedAt: number
  readonly settings: Settings
  readonly pause: AppPause | undefined
  /** Goes up with each change that an administrator makes; not with a pause. */
  readonly version: number
}

/** Values that differ from the defaults, by their snake_case names. What they mean is config's affair. */
export type Settings = Readonly<Record<string, string | number | boolean | null>>

/** A configuration error of the whole app: nothing goes out and nothing fails until it is corrected. */
export interface AppPause {
  readonly errcode: number
  readonly errmsg: string
  readonly since: number
  /** When the oldest waiting call may try whether it is mended. */
  readonly nextProbeAt: number
}

export interface AppSecrets {
  readonly secret: string
  readonly callbackToken?: string
  readonly encodingAesKey?: string
}

export interface NewApp {
  readonly name: string
  /** `app` unless given. */
  readonly kind?: string
  readonly corpId: string
  readonly agentId: number
  readonly settings: Settings
  readonly secrets: AppSecrets
}

/** What is to be otherwise; what is not named stays as it is. */
export interface AppChange {
  readonly corpId?: string
  readonly agentId?: number
  /** As a whole. */
  readonly settings?: Settings
  readonly secret?: string
  /** Null: none any longer. */
  readonly callbackToken?: string | null
  readonly encodingAesKey?: string | null
}

/**
 * Not made: the app would be a party that another app is too, with other limits than that one has. WeCom counts by party,
 * so there is one set of limits for all its names.
 */
export interface LimitsDiffer {
  /** The name of the other app. */
  readonly differsFrom: string
  /** The settings that differ, and what they are there; undefined: not written down. */
  readonly limits: readonly { readonly setting: string; readonly value: Settings[string] | undefined }[]
}

/**
 * Apps of one party have the same limits (`differingLimits`), at every moment: one that joins takes over those it does not
 * name, and a change of those of one is a change of all.
 */
export interface AppStore {
  /** By name. */
  list(): Promise<readonly AppRecord[]>
  get(name: string): Promise<AppRecord | undefined>
  secrets(name: string): Promise<AppSecrets | undefined>
  /** Undefined when there is an app of this name, which stays as it is. */
  create(app: NewApp, at: number): Promise<AppRecord | LimitsDiffer | undefined>
  /**
   * Registers an app or replaces it, its pause included: a changed secret is a new chance. Its limits are those of its
   * party's other names, where there are any.
   */
  put(app: NewApp, at: number): Promise<void>
  /**
   * Changes are made one after another, each to what the one before has left. A change of more than settings ends a pause.
   * Limits that are set change for all names of the party, and so do those names; becoming another party that has names, an
   * app takes over the limits that the change does not name.
   * @param expected whether the change may be made
   */
  change(
    name: string,
    change: AppChange,
    at: number,
    expected?: ExpectedVersion,
  ): Promise<AppRecord | LimitsDiffer | Unchanged>
  /** An app with unfinished messages stays. @param expected whether the change may be made */
  remove(name: string, at: number, expected?: ExpectedVersion): Promise<"removed" | "has_unfinished" | Unchanged>
  /**
   * Pauses, or moves the next probe of a pause; `since` of a running pause with the same errcode stays.
   * @param version of the app with which it was seen: once an administrator has changed the app it tells nothing any more
   * @returns false when nothing was done
   */
  pause(name: string, pause: AppPause, version: number): Promise<boolean>
  /** False when it was not paused, or has been changed since `version`. */
  resume(name: string, at: number, version: number): Promise<boolean>
}

export interface CorpSettings {
  readonly settings: Settings
  /** 0 while none were set. */
  readonly version: number
}

export interface CorpSettingsStore {
  get(corpId: string): Promise<Settings>
  read(corpId: string): Promise<CorpSettings>
  /** Of each app of the corp `app.changed` is told, with `corp_settings`. @param expected whether the change may be made */
  put(corpId: string, settings: Settings, at: number, expected?: ExpectedVersion): Promise<CorpSettings | "stale">
}
