import assert from "node:assert/strict"
import { globSync, readdirSync, readFileSync } from "node:fs"
import { dirname, join, matchesGlob, resolve } from "node:path"
import { test } from "node:test"

const root = resolve(import.meta.dirname, "..")
const GATEWAY = "packages/gateway/src"

interface Room {
  readonly floor: number
  readonly name: string
}

interface Override {
  readonly files: readonly string[]
  readonly rules?: {
    readonly "no-restricted-imports"?: readonly [string, { readonly patterns: readonly { readonly group: string[] }[] }]
  }
}

const rooms = treeIn("docs/architecture.md")
const { overrides } = JSON.parse(read(".oxlintrc.json")) as { readonly overrides: readonly Override[] }

// proves 31.floors: the tree, the linter and the documents
test("the tree of the gateway in architecture.md, in both languages, names its folders and no others", () => {
  const folders = readdirSync(join(root, GATEWAY), { withFileTypes: true }).filter((entry) => entry.isDirectory())
  assert.deepEqual(rooms.map(({ name }) => name).toSorted(), folders.map(({ name }) => name).toSorted())
  assert.deepEqual(treeIn("docs/architecture.zh-CN.md"), rooms)
})

// proves 31.floors: the tree, the linter and the documents
test("the linter refuses each import that goes up, or to another folder of the same floor", () => {
  for (const room of rooms.filter(({ name }) => name !== "doors")) {
    for (const file of [`${room.name}/one.ts`, `${room.name}/folder/one.ts`]) {
      const refused = refusedIn(`${GATEWAY}/${file}`)
      for (const { name } of rooms.filter((other) => isOutOfReach(room, other))) {
        assert.ok(refused.includes(`**/${name}/**`), `${file} may import ${name}/`)
      }
    }
  }
})

// proves 31.floors: the tree, the linter and the documents
test("the linter lets no door know a store, what starts it, or another door", () => {
  const doors = readdirSync(join(root, GATEWAY, "doors"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
  for (const door of doors) {
    const refused = refusedIn(`${GATEWAY}/doors/${door}/one.ts`)
    const unknown = doors.filter((other) => other !== door && other !== "kit" && !KNOWN[door]?.includes(other))
    for (const name of ["app", "store", ...unknown]) {
      assert.ok(
        refused.some((pattern) => pattern === `**/${name}/**` || pattern === `../${name}/**`),
        `doors/${door} may import ${name}/`,
      )
    }
  }
})

// The linter does not look at `import()`.
// proves 31.floors: the tree, the linter and the documents
test("no module that is loaded when it is needed lies on a higher floor", () => {
  const seen: string[] = []
  for (const file of globSync("*/**/*.ts", { cwd: join(root, GATEWAY) })) {
    if (/\.test\.ts$|\/testing\//.test(file)) continue
    for (const [, specifier = ""] of read(`${GATEWAY}/${file}`).matchAll(/\bimport\(\s*"(\.[^"]+)"/g)) {
      const target = join(dirname(file), specifier)
      const [from, to] = [roomOf(file), roomOf(target)]
      if (from === undefined || to === undefined) continue
      seen.push(file)
      assert.ok(from === to || !isOutOfReach(from, to), `${file} loads ${target}`)
    }
  }
  assert.ok(seen.length > 0, "the stores are loaded so")
})

// proves 31.jobs: one module speaks to pg-boss
test("31.jobs: one module of the gateway names pg-boss and its schema, and the linter refuses it to others", () => {
  const naming = globSync("**/*.ts", { cwd: join(root, GATEWAY) }).filter(
    (file) => !/\.test\.ts$|(^|\/)testing\//.test(file) && /wecom_push_jobs|"pg-boss"/.test(read(`${GATEWAY}/${file}`)),
  )
  assert.deepEqual(naming, [JOBS])
  assert.ok(refusedIn(`${GATEWAY}/store/postgres/one.ts`).includes("pg-boss"))
  assert.ok(!refusedIn(`${GATEWAY}/${JOBS}`).includes("pg-boss"))
})

const JOBS = "store/postgres/jobs.ts"

/** Doors that may know another door: `large-bodies` also reads bodies of `message/send`. */
const KNOWN: Readonly<Record<string, readonly string[]>> = { "large-bodies": ["compat"] }

function isOutOfReach(from: Room, to: Room): boolean {
  return to.name !== from.name && to.floor >= from.floor
}

function roomOf(file: string): Room | undefined {
  return rooms.find(({ name }) => file.startsWith(`${name}/`))
}

/** The patterns that apply to a file: those of the last override with the rule. */
function refusedIn(file: string): readonly string[] {
  const last = overrides.findLast(
    ({ files, rules }) =>
      rules?.["no-restricted-imports"] !== undefined && files.some((glob) => matchesGlob(file, glob)),
  )
  return last?.rules?.["no-restricted-imports"]?.[1].patterns.flatMap(({ group }) => group) ?? []
}

function treeIn(document: string): readonly Room[] {
  const block = /```text\n((?:\d {2}[a-z]+\/.*\n)+)```/.exec(read(document))?.[1] ?? ""
  return [...block.matchAll(/^(\d) {2}([a-z]+)\//gm)].map(([, floor, name = ""]) => ({ floor: Number(floor), name }))
}

function read(file: string): string {
  return readFileSync(join(root, file), "utf8")
}
