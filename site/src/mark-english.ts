import { defineRouteMiddleware } from "@astrojs/starlight/route-data"

/** Adds a note above an English page among the Chinese ones, and marks its content as English for screen readers. */
export const onRequest = defineRouteMiddleware(({ locals: { starlightRoute: route } }) => {
  if (route.locale !== undefined || !route.entry.filePath.endsWith(".md") || route.entry.filePath.endsWith(".zh-CN.md"))
    return
  route.isFallback = true
  route.entryMeta = { lang: "en", dir: "ltr", locale: "en" }
})
