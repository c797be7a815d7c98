/** An app of a corp as the gateway knows it. Its secrets are asked for by name, so that no listing can leak them. */
export interface AppRecord {
  readonly name: string
  readonly corpId: string
  readonly agentId: number
  readonly createdAt: number
  readonly updatedAt: number
  readonly settings: Settings
  readonly pause: AppPause | undefined
}

/** Values that differ from the defaults, by their snake_case names. What they mean is config's affair. */
export type Settings = Readonly<Record<string, string | number | boolean | null>>

/** A configuration error of the whole app: nothing goes out and nothing fails until it is mended. */
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
  readonly corpId: string
  readonly agentId: number
  readonly settings: Settings
  readonly secrets: AppSecrets
}

export interface AppStore {
  /** By name. */
  list(): Promise<readonly AppRecord[]>
  get(name: string): Promise<AppRecord | undefined>
  secrets(name: string): Promise<AppSecrets | undefined>
  /** Registers an app or replaces it, its pause included: a changed secret is a new chance. */
  put(app: NewApp, at: number): Promise<void>
  changeSettings(name: string, settings: Settings, at: number): Promise<boolean>
  /** An app with unfinished messages stays. */
  remove(name: string): Promise<"removed" | "unknown" | "has_unfinished">
  /** Pauses, or moves the next probe of a pause; `since` of a running pause with the same errcode stays. */
  pause(name: string, pause: AppPause): Promise<void>
  /** False when it was not paused. */
  resume(name: string, at: number): Promise<boolean>
}

export interface CorpSettingsStore {
  get(corpId: string): Promise<Settings>
  put(corpId: string, settings: Settings): Promise<void>
}
