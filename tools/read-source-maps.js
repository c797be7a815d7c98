import { readFile } from "node:fs/promises"

/**
 * Reads the maps of compiled files, so that the map of a bundle leads to our sources and contains them. Libraries are only
 * named in it: their sources would take more space than all of ours, and are available elsewhere.
 */
export function readSourceMaps() {
  return {
    name: "read-source-maps",
    load: {
      filter: { id: /[\\/]packages[\\/]\w+[\\/](?:build|dist)[\\/].*\.js$/ },
      async handler(id) {
        const [code, map] = await Promise.all([readFile(id, "utf8"), readFile(`${id}.map`, "utf8")])
        return { code: code.replace(/\n\/\/# sourceMappingURL=.*\s*$/, "\n"), map: JSON.parse(map) }
      },
    },
    generateBundle(_, bundle) {
      for (const part of Object.values(bundle)) {
        if (part.type !== "asset" || !/\.m?js\.map$/.test(part.fileName)) continue
        const map = JSON.parse(part.source)
        map.sourcesContent = map.sources.map((source, index) =>
          source.includes("node_modules") ? null : map.sourcesContent[index],
        )
        part.source = JSON.stringify(map)
      }
    },
  }
}
