import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { join, resolve } from "node:path"

const contributing = readFileSync(join(resolve(import.meta.dirname, "../.."), "CONTRIBUTING.md"), "utf8")

/** The text of a recipe, from its name in bold to the next name. */
export function recipeOf(name: string): string {
  const from = contributing.indexOf(`**${name}**`)
  assert.notEqual(from, -1, `CONTRIBUTING.md has no recipe for ${name}`)
  const rest = contributing.slice(from + name.length + 4)
  const end = rest.search(/^(?:\*\*|- \*\*|The others)/m)
  return end === -1 ? rest : rest.slice(0, end)
}

/** The file of each numbered step. */
export function stepsOf(recipe: string): string[] {
  return [...recipe.matchAll(/^\d+\. `([^`]+)`/gm)].map(([, path = ""]) => path)
}
