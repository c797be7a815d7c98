import { readFile } from "node:fs/promises"
import { pathToFileURL } from "node:url"
import { i18nLoader } from "@astrojs/starlight/loaders"
import { docsSchema, i18nSchema } from "@astrojs/starlight/schema"
import type { Loader } from "astro/loaders"
import { defineCollection } from "astro:content"
import { drawDiagrams } from "./draw-diagrams.ts"
import { FIRST_PAGE, fileOf, isInEnglishOnly, isOfApi, PAGES, placeOf } from "./page-list.ts"
import { readPage } from "./read-page.ts"

const FIRST_LABEL = { zh: "先试一下", en: "First steps" }

/** Reads the pages in place, without copies, so that they cannot differ from those in the repository. */
const repositoryLoader: Loader = {
  name: "repository",
  async load(context) {
    const { store } = context
    store.clear()
    for (const page of PAGES) {
      for (const language of ["zh", "en"] as const) {
        // A page in English only is shown in both languages, so that the link to the other language always has a target.
        const onlyEnglish = isInEnglishOnly(page)
        const file = fileOf(page, onlyEnglish ? "en" : language)
        const { title, markdown } = readPage(await readFile(placeOf(file), "utf8"), file, undefined)
        const label = page === FIRST_PAGE ? FIRST_LABEL[language] : title
        const id = language === "zh" ? page : page === FIRST_PAGE ? "en" : `en/${page}`
        const filePath = `../${file}`
        const rendered = await context.renderMarkdown(drawDiagrams(markdown), {
          fileURL: pathToFileURL(placeOf(file)),
        })
        store.set({
          id,
          data: await context.parseData({
            id,
            data: { title, sidebar: { label }, pagefind: language === "en" || !onlyEnglish || isOfApi(page) },
            filePath,
          }),
          body: markdown,
          filePath,
          digest: context.generateDigest(markdown),
          rendered,
          ...(rendered.metadata?.imagePaths === undefined ? {} : { assetImports: rendered.metadata.imagePaths }),
        })
      }
    }
  },
}

export const collections = {
  docs: defineCollection({ loader: repositoryLoader, schema: docsSchema() }),
  /** Translations of texts that Starlight shows in English on Chinese pages. */
  i18n: defineCollection({ loader: i18nLoader(), schema: i18nSchema() }),
}
