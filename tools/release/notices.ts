// Which libraries are joined into the files of a package, and whether the package passes their licences on.
import { glob, readFile } from "node:fs/promises"
import { join } from "node:path"

/** The library that the script of the gateway's API page is. It comes as it is, packed, without a map. */
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
 * A sentence for each library without a notice.
 * @param folder of the package as it is published
 * @param others what has no map beside it
 */
export async function noticeFaults(folder: string, others: readonly string[] = []): Promise<string[]> {
  const told = new Set<string>()
  for await (const file of glob("dist/**/THIRD-PARTY-NOTICES.*", { cwd: folder })) {
    const text = await readFile(join(folder, file), "utf8")
    // Ours has each name in a line of its own, that of a page a heading with version and licence.
    for (const line of text.split("\n")) told.add(/^## (\S+) - /.exec(line)?.[1] ?? line)
  }
  const joined = [...(await librariesJoined(folder, ["dist/**/*.js.map"])), ...others]
  return joined.filter((name) => !told.has(name)).map((name) => `${name} is joined into its files without a notice`)
}
