import { readFileSync } from "node:fs"
import { resolve } from "node:path"

/** The external packages that a gateway loads at its start. */
export function librariesAtStart(): readonly string[] {
  const seen = new Set<string>()
  const libraries = new Set<string>()
  walk(resolve(import.meta.dirname, "../../../index.ts"), seen, libraries)
  if (seen.size <= 200 || !libraries.has("fastify")) throw new Error(`only ${seen.size} files were found`)
  return [...libraries]
}

/** Static imports of a file, and those of the files that it imports. */
function walk(file: string, seen: Set<string>, libraries: Set<string>): void {
  if (seen.has(file)) return
  seen.add(file)
  const source = readFileSync(file, "utf8")
  for (const [, specifier = ""] of source.matchAll(/^(?:import|export)\s(?!type\b)[^;"]*?\bfrom "([^"]+)"/gm)) {
    if (specifier.startsWith(".")) walk(resolve(file, "..", specifier), seen, libraries)
    else libraries.add(specifier)
  }
}
