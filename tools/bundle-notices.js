import { readdir, readFile } from "node:fs/promises"
import { findPackageJSON } from "node:module"
import { dirname, join } from "node:path"

/**
 * Adds the notices of the libraries inside a bundle, because their licences demand it.
 * @param inside libraries inside the files of those packages, with name and licence: they are not installed
 */
export function notices(packages, inside = []) {
  return {
    name: "notices",
    async generateBundle() {
      this.emitFile({ type: "asset", fileName: "THIRD-PARTY-NOTICES.txt", source: await noticesOf(packages, inside) })
    },
  }
}

/** All notices as one text, each licence once. */
export async function noticesOf(packages, inside = []) {
  const licences = await Promise.all(
    packages.map(async (name) => {
      const manifest = findPackageJSON(name, import.meta.url)
      const folder = dirname(manifest)
      // libphonenumber-js has two licence files: its own, and the Apache licence of Google's metadata.
      const files = (await readdir(folder)).filter((file) => /^licen[cs]e(?:\.(?:md|txt|apache))?$/i.test(file))
      const texts = await Promise.all(files.toSorted().map((file) => readFile(join(folder, file), "utf8")))
      // Some packages only name their licence.
      const text = files.length === 0 ? namedIn(JSON.parse(await readFile(manifest, "utf8"))) : texts.join("\n\n")
      return { name, text }
    }),
  )
  const texts = []
  for (const [text, sharing] of Map.groupBy([...licences, ...inside], ({ text }) => text)) {
    texts.push(`${sharing.map(({ name }) => name).join("\n")}\n\n${text}`)
  }
  return texts.join("\n\n")
}

function namedIn({ name, license, author }) {
  if (typeof license !== "string") throw new Error(`${name} does not say under which licence it is`)
  return `${license}, ${typeof author === "object" ? author.name : author}`
}
