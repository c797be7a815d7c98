import { defineRouteMiddleware } from "@astrojs/starlight/route-data"
import type { StarlightRouteData } from "@astrojs/starlight/route-data"

export const onRequest = defineRouteMiddleware(({ locals: { starlightRoute: route } }) => {
  markEnglish(route)
  shortenSidebar(route)
})

/** Adds a note above an English page among the Chinese ones, and marks its content as English for screen readers. */
function markEnglish(route: StarlightRouteData): void {
  if (route.locale !== undefined || !route.entry.filePath.endsWith(".md") || route.entry.filePath.endsWith(".zh-CN.md"))
    return
  route.isFallback = true
  route.entryMeta = { lang: "en", dir: "ltr", locale: "en" }
}

/**
 * Lists the decisions, and the pages below the guides to the SDK and the simulator, only beside each other and their first page,
 * which links to all of them: every other page would be larger by all of their names.
 */
function shortenSidebar(route: StarlightRouteData): void {
  for (const group of route.sidebar) {
    if (group.type !== "group" || group.entries.some((entry) => entry.type === "link" && entry.isCurrent)) continue
    group.entries = group.entries.filter((entry) => entry.type !== "link" || !LISTED_BESIDE_EACH_OTHER.test(entry.href))
  }
}

const LISTED_BESIDE_EACH_OTHER = /^(?:\/en)?\/(?:decisions|sdk|simulator)\//
