// Finds the libraries that are bundled into a package's files, and checks that the package contains their licences.
import { glob, readFile } from "node:fs/promises"
import { join } from "node:path"

/** The library of the API page's script. Its file is copied, without a map. */
export const API_PAGE = "@scalar/fastify-api-reference"

/** The libraries that the maps of our files name. @param maps patterns below the folder */
export async function librariesJoined(folder: string, maps: readonly string[]): Promise<ReadonlySet<string>> {
  const names = new Set<string>()
  for await (const file of glob(maps, { cwd: folder })) {
    const { sources } = JSON.parse(await readFile(join(folder, file), "utf8")) as { readonly sources: string[] }
    for (const source of sources) {
      const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(source)?.[1]
      if (name !== undefined) names.add(name)
    }
  }
  return names
}

/**
 * Returns a sentence for each library without a notice.
 * @param folder of the package as it is published
 * @param others libraries whose files have no map
 */
export async function noticeFaults(folder: string, others: readonly string[] = []): Promise<string[]> {
  const told = new Set<string>()
  for await (const file of glob("dist/**/THIRD-PARTY-NOTICES.*", { cwd: folder })) {
    const text = await readFile(join(folder, file), "utf8")
    // In our notices each name has a line of its own; in those of a page it is a heading with version and licence.
    for (const line of text.split("\n")) told.add(/^## (\S+) - /.exec(line)?.[1] ?? line)
  }
  const joined = [...(await librariesJoined(folder, ["dist/**/*.js.map"])), ...others]
  return joined.filter((name) => !told.has(name)).map((name) => `${name} is joined into its files without a notice`)
}
