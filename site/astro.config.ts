import starlight from "@astrojs/starlight"
import { defineConfig, passthroughImageService } from "astro/config"
import { SECTIONS } from "./src/page-list.ts"

export default defineConfig({
  trailingSlash: "always",
  // The pictures are as small as they are meant to be; another service would need a native package.
  image: { service: passthroughImageService() },
  integrations: [
    starlight({
      title: "wecom-push",
      routeMiddleware: "./src/mark-english.ts",
      defaultLocale: "root",
      locales: { root: { label: "简体中文", lang: "zh-CN" }, en: { label: "English", lang: "en" } },
      sidebar: SECTIONS.map(({ zh, en, pages }) => ({
        label: zh,
        translations: { en },
        items: pages.map((slug) => ({ slug })),
      })),
    }),
  ],
})
