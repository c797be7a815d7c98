import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { mkdir, readFile, writeFile } from "node:fs/promises"
import { dirname, join, resolve } from "node:path"
import { test } from "node:test"
import { promisify } from "node:util"
import { TreeCopy } from "./mutate/tree-copy.ts"
import { PAGER } from "./recipe/pager.ts"
import { recipeOf, stepsOf } from "./recipe/read-recipe.ts"
import { without } from "./testing/programs.ts"

const root = resolve(import.meta.dirname, "..")
const skip = without("git")

// proves 32.kind: the recipe of a kind, followed
test("who follows the recipe of a kind, in its files alone, has apps of that kind that send", { skip }, async () => {
  assert.deepEqual(stepsOf(recipeOf("A kind of app")).toSorted(), Object.keys(PAGER).toSorted())
  await using copy = await TreeCopy.of(root)
  for (const [step, changes] of Object.entries(PAGER)) {
    const file = join(copy.root, step.replaceAll("NAME", "pager"))
    await mkdir(dirname(file), { recursive: true })
    for (const { behind, text } of changes) {
      const before = behind === undefined ? "" : await readFile(file, "utf8")
      assert.equal(before.split(behind ?? "\0").length, behind === undefined ? 1 : 2, `${step}: ${behind}`)
      await writeFile(file, behind === undefined ? text : before.replace(behind, `${behind}${text}`))
    }
  }
  const script = join(copy.root, "tools/recipe/send-by-pager.ts")
  const { stdout } = await promisify(execFile)(process.execPath, ["--conditions=wecom-push-source", script])
  assert.deepEqual(JSON.parse(stdout), {
    registered: 201,
    refused: ["/text/content too_long"],
    state: "sent",
    sent: ['{"pager":"lisi","msgtype":"text","text":{"content":"db-3 91%"}}'],
  })
})
