import type { AppScope } from "./reader.ts"

/** Whether the holder's apps include all of these apps. */
export function coversApps(holder: AppScope, apps: AppScope): boolean {
  return holder === "all" || (apps !== "all" && apps.every((app) => holder.includes(app)))
}
