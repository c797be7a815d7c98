import type { Party } from "../party.ts"
import type { ExpectedVersion, Unchanged } from "./versions.ts"

/** An app of a corp. Its secrets are read by name only, so that no listing can leak them. */
export interface AppRecord extends Party {
  readonly name: string
  /**
   * The agent id of an app of a corp. 0 for other kinds, which `corpId` tells apart: for a robot it is a hash of its
   * key.
   */
  readonly agentId: number
  readonly createdAt: number
  readonly updatedAt: number
  readonly settings: Settings
  readonly pause: AppPause | undefined
  /** Goes up with each change that an administrator makes; not with a pause. */
  readonly version: number
}

/** Values that differ from the defaults, by their snake_case names. Their meaning is defined by the config. */
export type Settings = Readonly<Record<string, string | number | boolean | null>>

/** A configuration error of the whole app: nothing is sent and nothing fails until it is corrected. */
export interface AppPause {
  readonly errcode: number
  readonly errmsg: string
  readonly since: number
  /** When the oldest waiting call may try whether the error is corrected. */
  readonly nextProbeAt: number
}

export interface AppSecrets {
  /** For a group robot this is its key. */
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

/** The fields to change; absent ones stay. */
export interface AppChange {
  readonly corpId?: string
  readonly agentId?: number
  /** Replaces all settings. */
  readonly settings?: Settings
  readonly secret?: string
  /** Null removes it. */
  readonly callbackToken?: string | null
  readonly encodingAesKey?: string | null
}

/**
 * The app was not made or changed: it would join the party of another app with other limits. WeCom counts by party, so
 * all names of a party have the same limits.
 */
export interface LimitsDiffer {
  /** The name of the other app. */
  readonly differsFrom: string
  /** The settings that differ, and the other app's values; undefined: not set. */
  readonly limits: readonly { readonly setting: string; readonly value: Settings[string] | undefined }[]
}

/** The app was not made: gateways of an older version use the store and do not know this kind of app. */
export interface OlderGateways {
  readonly olderGateways: true
}

/**
 * Apps of one party have the same limits (`differingLimits`), at every moment: an app that joins takes over the limits
 * that it does not name, and a change of one app's limits changes all.
 */
export interface AppStore {
  /** All apps, ordered by name. */
  list(): Promise<readonly AppRecord[]>
  get(name: string): Promise<AppRecord | undefined>
  /** True unless a gateway of an older version uses the store, which would not know how to send to group chats. */
  allKnowChats(): Promise<boolean>
  /**
   * Undefined where there is no such app, or where its stored secrets cannot be read: the secret has to be given anew.
   */
  secrets(name: string): Promise<AppSecrets | undefined>
  /** The secrets of all apps of a kind, by name, without those that cannot be read. */
  secretsOfKind(kind: string): Promise<ReadonlyMap<string, AppSecrets>>
  /**
   * Undefined when there is an app of this name, which stays as it is. `OlderGateways`: an older gateway uses the store
   * too, and would take an app of this kind for an app of another kind.
   */
  create(app: NewApp, at: number): Promise<AppRecord | LimitsDiffer | OlderGateways | undefined>
  /**
   * Registers an app or replaces it and ends its pause: a changed secret may work. Its limits become those of its
   * party's other names, if there are any.
   */
  put(app: NewApp, at: number): Promise<void>
  /**
   * Changes are made one after another, each on the result of the one before. A change of more than settings ends a
   * pause. Limits that are set change for all names of the party, and so do those names; an app that joins another
   * party that has names takes over the limits that the change does not name.
   * @param expected whether the change may be made
   */
  change(
    name: string,
    change: AppChange,
    at: number,
    expected?: ExpectedVersion,
  ): Promise<AppRecord | LimitsDiffer | Unchanged>
  /** An app with unfinished messages is not removed. @param expected whether the change may be made */
  remove(name: string, at: number, expected?: ExpectedVersion): Promise<"removed" | "has_unfinished" | Unchanged>
  /**
   * Pauses, or moves the next probe of a pause; `since` of a running pause with the same errcode stays.
   * @param version of the app with which the error was seen: after an administrator's change the error no longer
   * applies
   * @returns false when nothing was done
   */
  pause(name: string, pause: AppPause, version: number): Promise<boolean>
  /** False when it was not paused, or has been changed since `version`. */
  resume(name: string, at: number, version: number): Promise<boolean>
}

export interface CorpSettings {
  readonly settings: Settings
  /** 0 until settings are first stored. */
  readonly version: number
}

export interface CorpSettingsStore {
  get(corpId: string): Promise<Settings>
  read(corpId: string): Promise<CorpSettings>
  /**
   * Writes `app.changed`, with `corp_settings`, for each app of the corp. @param expected whether the change may be
   * made
   */
  put(corpId: string, settings: Settings, at: number, expected?: ExpectedVersion): Promise<CorpSettings | "stale">
}
