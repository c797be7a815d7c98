import type { AppPause } from "../core/ports/apps.ts"
import type { HttpDeps } from "./deps.ts"

/** What keeps all messages of an app from going out. */
export interface Standstill {
  readonly pause: AppPause | undefined
  /** When the next call may go out, or try to. */
  readonly until: number | undefined
}

export async function standstillOf(
  app: string,
  { stores, dispatcher, now }: Pick<HttpDeps, "stores" | "dispatcher" | "now">,
): Promise<Standstill> {
  const pause = (await stores.apps.get(app))?.pause
  const until = Math.max(dispatcher.closedUntil(app) ?? 0, pause?.nextProbeAt ?? 0)
  return { pause, until: until > now() ? until : undefined }
}
