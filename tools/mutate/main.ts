// Changes one place of the code at a time and checks whether a test notices: npm run mutate -- --help
import { globSync, rmSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { join, matchesGlob, resolve } from "node:path"
import { readOptions } from "../options.ts"
import { draw } from "./draw.ts"
import { whyEquivalent } from "./equivalents.ts"
import { findPlaces } from "./find-places.ts"
import type { Change } from "./find-places.ts"
import { ReachFinder } from "./reach.ts"
import type { Reach } from "./reach.ts"
import { endTests } from "./run-test-file.ts"
import { CHANGED, LEFT_ALONE, testsOf } from "./scope.ts"
import { linesOf, showChange } from "./show-change.ts"
import { sideBySide } from "./side-by-side.ts"
import { TreeCopy } from "./tree-copy.ts"
import { Noticers, tryChange } from "./try-change.ts"
import type { Tried } from "./try-change.ts"
import { verdictOf } from "./verdict.ts"

const { values } = readOptions({
  command: "npm run mutate",
  about: "Changes one place of the code at a time and runs the tests that reach it, until one of them notices.",
  options: {
    changes: { kind: "count", default: 500, help: "places that are changed, drawn at random" },
    seed: { kind: "text", help: "draws the same places once more" },
    files: { kind: "texts", help: "globs of what is changed, instead of what promises most" },
    tests: { kind: "texts", help: "globs of the tests that are to notice" },
    parallel: { kind: "count", default: 2, help: "changes at a time" },
    "longest-test": { kind: "count", default: 180, help: "test files that take more seconds are left out" },
    "most-seconds": { kind: "count", default: 300, help: "for one change" },
  },
})
const { seed = String(Date.now() % 1_000_000) } = values
const root = resolve(import.meta.dirname, "../..")
const mostMs = values["most-seconds"] * 1000
const longestMs = values["longest-test"] * 1000
const files = globSync(values.files ?? CHANGED, { cwd: root, exclude: LEFT_ALONE }).toSorted()
const sources = new Map(
  await Promise.all(files.map(async (file) => [file, await readFile(join(root, file), "utf8")] as const)),
)
const places = [...sources].flatMap(([file, source]) => findPlaces(file, source))
const changes = draw(places, values.changes, seed)
console.log(`seed ${seed}: ${changes.length} of ${places.length} places in ${files.length} files`)

await using resources = new AsyncDisposableStack()
const trees: string[] = []
for (let count = values.parallel; count > 0; count--) trees.push(resources.use(await TreeCopy.of(root)).root)
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, leave)

const tried: Tried[] = []
const startedAt = performance.now()
const reaches = await findReaches()
const noticers = new Noticers()
await sideBySide(changes, trees, async (change, tree) => {
  const mayNotice = reaches.filter(({ test }) => globsFor(change).some((glob) => matchesGlob(test, glob)))
  const one = await tryChange(change, { tree, reaches: mayNotice, mostMs, noticers })
  tried.push(one)
  tell(one)
})
process.exitCode = summarize() ? 0 : 1

function globsFor({ file }: Change): readonly string[] {
  return values.tests ?? testsOf(file)
}

async function findReaches(): Promise<readonly Reach[]> {
  const finder = new ReachFinder(root, (file) => CHANGED.some((glob) => matchesGlob(file, glob)) || sources.has(file))
  const found: Reach[] = []
  const tests = globSync([...new Set(changes.flatMap(globsFor))], { cwd: root }).toSorted()
  console.log(`what ${tests.length} test files run is looked up; those that are new or changed are run for it`)
  await sideBySide(tests, trees, async (test, tree) => void found.push(await finder.find(test, tree, longestMs)))
  const useful = found.filter(({ outcome }) => outcome === "passed")
  for (const { test, outcome } of found) {
    if (outcome === "failed") console.log(`left out, for it fails without a change: ${test}`)
    if (outcome === "late") console.log(`left out, for it takes over ${longestMs / 1000} s: ${test}`)
  }
  return useful
}

function tell({ change, noticedBy, testsRun }: Tried): void {
  const count = `${tried.length}/${changes.length}`
  if (noticedBy !== undefined) return console.log(`${count} noticed: ${change.file} ${change.kind}; ${noticedBy}`)
  console.log(`${count} survived ${testsRun} test files: ${showChange(sources.get(change.file) ?? "", change)}`)
}

/** @returns whether enough was noticed */
function summarize(): boolean {
  const { lines, isGood } = verdictOf(tried, explain)
  console.log(lines.join("\n"))
  console.log(`took ${Math.round((performance.now() - startedAt) / 60_000)} min`)
  return isGood
}

function explain(change: Change): { readonly shown: string; readonly why: string | undefined } {
  const source = sources.get(change.file) ?? ""
  return { shown: showChange(source, change), why: whyEquivalent(change.file, linesOf(source, change)) }
}

/** Prints the results so far and ends, without waiting, or the next tests would begin. */
function leave(): never {
  endTests()
  summarize()
  for (const tree of trees) rmSync(tree, { recursive: true, force: true, maxRetries: 5 })
  process.exit(130)
}
