import assert from "node:assert/strict"
import { existsSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { suite, test } from "node:test"
import { recipeOf, stepsOf } from "./recipe/read-recipe.ts"

const root = resolve(import.meta.dirname, "..")

/** Which recipes there must be, and how many source files each may touch. */
const MOST_FILES = {
  "A message type": 8,
  "An error code": 2,
  "A route": 3,
  "A setting": 3,
  "A store": 7,
  "A kind of app": 8,
} as const

/** The placeholder for the name of a new file in a recipe; only its folder exists. */
const NEW = /NAME/

suite("recipes", () => {
  for (const [name, most] of Object.entries(MOST_FILES)) {
    const recipe = recipeOf(name)
    // proves 12.C2: recipes that are true
    test(`${name}: at most ${most} source files`, () => {
      const steps = stepsOf(recipe)
      assert.ok(steps.length > 0 && steps.length <= most, steps.join("\n"))
    })

    // proves 12.C2: recipes that are true
    test(`${name}: each file that is named is there, or the folder of a new one`, () => {
      const missing = pathsIn(recipe).filter((path) => !isThere(path))
      assert.deepEqual(missing, [])
    })
  }
})

function pathsIn(recipe: string): string[] {
  return [...recipe.matchAll(/`((?:packages|docs|tools|\.env)[\w./-]*)`/g)].map(([, path = ""]) => path)
}

function isThere(path: string): boolean {
  const [known = ""] = path.split(NEW, 1)
  return existsSync(join(root, known === path ? path : dirname(`${known}x`)))
}
