import { satteri } from "@astrojs/markdown-satteri"
import starlight from "@astrojs/starlight"
import type { AstroIntegration } from "astro"
import { defineConfig, passthroughImageService } from "astro/config"
import { cp } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { REPOSITORY, SECTIONS } from "./src/page-list.ts"

/** Pictures that are linked, because they are too large to be shown in a page. */
const linkedPictures: AstroIntegration = {
  name: "linked-pictures",
  hooks: {
    "astro:build:done": ({ dir }) =>
      cp(join(REPOSITORY, "docs/pictures"), join(fileURLToPath(dir), "pictures"), { recursive: true }),
  },
}

export default defineConfig({
  trailingSlash: "always",
  // The pictures are small enough already; another service would need a native package.
  image: { service: passthroughImageService() },
  // Texts keep the characters they are written with.
  markdown: { processor: satteri({ features: { smartPunctuation: false } }) },
  integrations: [
    linkedPictures,
    starlight({
      title: "wecom-push",
      customCss: ["./src/styles.css"],
      routeMiddleware: "./src/route-middleware.ts",
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
