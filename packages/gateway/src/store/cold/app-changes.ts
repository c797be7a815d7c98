import { differingLimits, withLimitsOf } from "../../model/app-limits.ts"
import type {
  AppChange,
  AppPause,
  AppRecord,
  AppSecrets,
  LimitsDiffer,
  NewApp,
  Settings,
} from "../../model/ports/apps.ts"

/** The result of a change of an app, and of its effect on the other names of its party. */
export interface AppPlan {
  readonly app: Omit<NewApp, "secrets">
  /** Undefined: the secrets stay, and so does a pause. */
  readonly secrets: AppSecrets | undefined
  /** The other names whose limits change too. */
  readonly others: readonly Pick<NewApp, "name" | "settings">[]
}

/**
 * @param others the other names of the party that the app has after the change
 * @param secretsNow called only where the secrets are written anew
 */
export function planChange(
  before: AppRecord,
  change: AppChange,
  others: readonly AppRecord[],
  secretsNow: () => AppSecrets,
): AppPlan | LimitsDiffer {
  const { name } = before
  const { settings = before.settings } = change
  const ids = idsAfter(before, change)
  if (before.corpId !== ids.corpId || before.agentId !== ids.agentId) {
    const refusal = differs(change.settings ?? {}, others[0])
    if (refusal !== undefined) return refusal
    return {
      app: joining(others[0], { name, ...ids, settings }),
      secrets: changedSecrets(secretsNow(), change),
      others: [],
    }
  }
  const isOfSettingsOnly = Object.keys(change).every((field) => field === "settings")
  return {
    app: { name, ...ids, settings },
    secrets: isOfSettingsOnly ? undefined : changedSecrets(secretsNow(), change),
    others: others
      .filter((other) => differingLimits(other.settings, settings).length > 0)
      .map((other) => ({ name: other.name, settings: withLimitsOf(settings, other.settings) })),
  }
}

/** The ids that make an app's party. Its kind never changes. */
export type Ids = Pick<NewApp, "kind" | "corpId" | "agentId">

export function idsAfter(
  before: AppRecord,
  { corpId = before.corpId, agentId = before.agentId }: AppChange,
): Pick<AppRecord, "kind" | "corpId" | "agentId"> {
  return { kind: before.kind, corpId, agentId }
}

/** An app that joins the party of another app: it takes over that app's limits. */
export function joining<App extends Pick<NewApp, "settings">>(other: AppRecord | undefined, app: App): App {
  return other === undefined ? app : { ...app, settings: withLimitsOf(other.settings, app.settings) }
}

/** @param given a limit that is missing in it may differ */
export function differs(given: Settings, other: AppRecord | undefined): LimitsDiffer | undefined {
  if (other === undefined) return undefined
  const { name, settings } = other
  const differing = differingLimits({ ...settings, ...given }, settings)
  if (differing.length === 0) return undefined
  return { differsFrom: name, limits: differing.map((setting) => ({ setting, value: settings[setting] })) }
}

/** The pause to store when one may be running already. `isNew`: it differs from the running one, and gets an event. */
export function pausedAnew(
  running: AppPause | undefined,
  pause: AppPause,
): { readonly kept: AppPause; readonly isNew: boolean } {
  if (running?.errcode !== pause.errcode) return { kept: pause, isNew: true }
  return { kept: { ...pause, since: running.since }, isNew: false }
}

function changedSecrets(
  before: AppSecrets,
  { secret = before.secret, callbackToken = before.callbackToken, encodingAesKey = before.encodingAesKey }: AppChange,
): AppSecrets {
  return {
    secret,
    ...(typeof callbackToken === "string" ? { callbackToken } : {}),
    ...(typeof encodingAesKey === "string" ? { encodingAesKey } : {}),
  }
}
