import { readdir, readFile } from "node:fs/promises"
import { findPackageJSON } from "node:module"
import { dirname, join } from "node:path"

/** The licences of what is inside a bundle ask to be passed on with it. */
export function notices(packages) {
  return {
    name: "notices",
    async generateBundle() {
      const texts = await Promise.all(
        packages.map(async (name) => {
          const folder = dirname(findPackageJSON(name, import.meta.url))
          const licence = (await readdir(folder)).find((file) => /^licen[cs]e(?:\.md)?$/i.test(file))
          return `${name}\n\n${await readFile(join(folder, licence ?? "LICENSE"), "utf8")}`
        }),
      )
      this.emitFile({ type: "asset", fileName: "THIRD-PARTY-NOTICES.txt", source: texts.join("\n\n") })
    },
  }
}
