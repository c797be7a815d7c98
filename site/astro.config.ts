import { satteri } from "@astrojs/markdown-satteri"
import starlight from "@astrojs/starlight"
import { defineConfig, passthroughImageService } from "astro/config"
import { SECTIONS } from "./src/page-list.ts"

export default defineConfig({
  trailingSlash: "always",
  // The pictures are as small as they are meant to be; another service would need a native package.
  image: { service: passthroughImageService() },
  // A text is shown with the characters it is written in.
  markdown: { processor: satteri({ features: { smartPunctuation: false } }) },
  integrations: [
    starlight({
      title: "wecom-push",
      routeMiddleware: "./src/mark-english.ts",
      defaultLocale: "root",
      locales: { root: { label: "简体中文", lang: "zh-CN" }, en: { label: "English", lang: "en" } },
      sidebar: SECTIONS.map(({ zh, en, pages, isLong }) => ({
        label: zh,
        translations: { en },
        collapsed: isLong === true,
        items: pages.map((slug) => ({ slug })),
      })),
    }),
  ],
})
