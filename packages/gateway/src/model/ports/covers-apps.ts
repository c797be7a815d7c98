import type { AppScope } from "./reader.ts"

/** Whether all apps of the one are among those of the other. */
export function coversApps(holder: AppScope, apps: AppScope): boolean {
  return holder === "all" || (apps !== "all" && apps.every((app) => holder.includes(app)))
}
