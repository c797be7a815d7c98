import { defineRouteMiddleware } from "@astrojs/starlight/route-data"

/** Above an English page among the Chinese ones a line says so, and what it holds is marked as English for those who hear it. */
export const onRequest = defineRouteMiddleware(({ locals: { starlightRoute: route } }) => {
  if (route.locale !== undefined || !route.entry.filePath.endsWith(".md") || route.entry.filePath.endsWith(".zh-CN.md"))
    return
  route.isFallback = true
  route.entryMeta = { lang: "en", dir: "ltr", locale: "en" }
})
