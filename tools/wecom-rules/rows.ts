import { globSync, readFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { errcodeEntries } from "@wecom-push/protocol"

const root = resolve(import.meta.dirname, "../..")

/** The tests of the simulator that name each code of the catalogue, the one that names it most first. */
export function testsOfCodes(): ReadonlyMap<number, readonly string[]> {
  const tests = simulatorTests()
  const named = tests.map(({ path, text }) => ({ path, times: numbersIn(text) }))
  return new Map(
    errcodeEntries().map(({ errcode }) => [
      errcode,
      named
        .map(({ path, times }) => ({ path, count: times.get(errcode) ?? 0 }))
        .filter(({ count }) => count > 0)
        .toSorted((one, other) => other.count - one.count)
        .map(({ path }) => path),
    ]),
  )
}

/** The tests of the simulator that set each limit of `GET /_sim/settings`. */
export function testsOfLimits(limits: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const tests = simulatorTests()
  return new Map(
    limits.map((limit) => [
      limit,
      tests.filter(({ text }) => new RegExp(`\\b${limit}\\b`).test(text)).map(({ path }) => path),
    ]),
  )
}

/** The tests of the simulator that name each section of the reference: in the titles of tests, or in the rows of tables. */
export function testsOfSections(sections: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const tests = simulatorTests().map(({ path, text }) => ({ path, named: sectionsIn(text) }))
  return new Map(
    sections.map((section) => [section, tests.filter(({ named }) => named.has(section)).map(({ path }) => path)]),
  )
}

function sectionsIn(text: string): ReadonlySet<string> {
  const lists = [...text.matchAll(NAMED)].flatMap(([, ...found]) => found.filter((list) => list !== undefined))
  return new Set(lists.flatMap((list) => list.split(", ")))
}

const LIST = String.raw`(\d+(?:\.\d+)?(?:, \d+(?:\.\d+)?)*)`
/** `test("8.5: …"`, `["4.11, 11.4", "…"`, `section: "10"`, and at the end of a title, `(5.4)`. */
const NAMED = new RegExp(
  [`test\\(["\`]${LIST}: `, `\\["${LIST}", ["\`{]`, `section: "${LIST}"`, ` \\(${LIST}\\)["\`]`].join("|"),
  "g",
)

function simulatorTests(): readonly { readonly path: string; readonly text: string }[] {
  return globSync("packages/simulator/src/**/*.test.ts", { cwd: root })
    .map((name) => name.replaceAll("\\", "/"))
    .toSorted()
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }))
}

function numbersIn(text: string): ReadonlyMap<number, number> {
  const times = new Map<number, number>()
  for (const [number] of text.matchAll(/(?<![\w.-])-?\d+(?![\w.])/g))
    times.set(Number(number), (times.get(Number(number)) ?? 0) + 1)
  return times
}
