import { createHash } from "node:crypto"
import { globSync, readFileSync } from "node:fs"
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { readCoverage } from "./covered.ts"
import type { Ran } from "./covered.ts"
import { runTestFile } from "./run-test-file.ts"

/** The code that one test file runs, and how long the file takes. */
export interface Reach {
  readonly test: string
  readonly outcome: "passed" | "failed" | "late"
  readonly tookMs: number
  /** The pieces that ran, by the file's path from the root. */
  readonly ran: Readonly<Record<string, Ran>>
}

/** Finds the code that each test file runs. Repeats this only when that test, or any file that is not a test, has changed. */
export class ReachFinder {
  readonly #cache: string
  readonly #isOfInterest: (file: string) => boolean
  readonly #sources: string

  /** @param root of the tree that is compared for changes, and stores the results */
  constructor(root: string, isOfInterest: (file: string) => boolean) {
    this.#cache = join(root, "node_modules/.cache/mutate")
    this.#isOfInterest = isOfInterest
    this.#sources = hashOf(
      root,
      globSync("packages/*/src/**/*.ts", { cwd: root, exclude: ["**/*.test.ts"] }).toSorted(),
    )
  }

  /** @param tree the tree in which the test runs */
  async find(test: string, tree: string, limitMs: number): Promise<Reach> {
    const kept = join(this.#cache, `${hashOf(tree, [test], this.#sources)}.json`)
    try {
      return JSON.parse(await readFile(kept, "utf8")) as Reach
    } catch {
      const found = await this.#take(test, tree, limitMs)
      // Other outcomes may be caused by a busy machine.
      if (found.outcome !== "passed") return found
      await mkdir(this.#cache, { recursive: true })
      await writeFile(kept, JSON.stringify(found))
      return found
    }
  }

  async #take(test: string, tree: string, limitMs: number): Promise<Reach> {
    const folder = await mkdtemp(join(tree, "coverage-"))
    try {
      const env = { NODE_V8_COVERAGE: folder }
      const { outcome, tookMs } = await runTestFile(test, { cwd: tree, limitMs, env, toTheEnd: true })
      const ran = [...(await readCoverage(folder, tree))].filter(([file]) => this.#isOfInterest(file))
      return { test, outcome, tookMs: Math.round(tookMs), ran: Object.fromEntries(ran) }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }
}

function hashOf(root: string, files: readonly string[], before = ""): string {
  const hash = createHash("sha256").update(before)
  for (const file of files) hash.update(`\0${file}\0`).update(readFileSync(join(root, file)))
  return hash.digest("hex").slice(0, 32)
}
