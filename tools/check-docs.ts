// Checks that everything the guides name exists: linked files and headings, paths, npm scripts, variables, and in code blocks
// the command's flags and the requested paths. JSON in the guides must parse, and TypeScript must compile. Texts for users, in
// guides and in sources, must be in plain words.
import { execFile } from "node:child_process"
import { existsSync } from "node:fs"
import { glob, mkdir, readFile, rm, writeFile } from "node:fs/promises"
import { dirname, join, resolve } from "node:path"
import { promisify } from "node:util"
import { blockFaults, unknownVariables } from "./block-faults.ts"
import type { KnownNames } from "./block-faults.ts"
import { fencedBlocks } from "./fenced-blocks.ts"
import { knownCommands, knownRoutes, knownVariables } from "./known-names.ts"
import { commentsOf, openingFaults, proseOf, sentencesOf, wordFaults } from "./plain-words.ts"

const root = resolve(import.meta.dirname, "..")
const scripts = (JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { scripts: Record<string, string> })
  .scripts
const known: KnownNames = {
  commands: knownCommands(),
  routes: await knownRoutes(),
  isThere: (path) => existsSync(join(root, path)),
}
/** The last two are for tests and kill runs. */
const variables = new Set([...knownVariables(), "WECOM_PUSH_SEALS", "WECOM_PUSH_TEST_POSTGRES_PROGRAMS"])
/** Pages for developers of the project. They name sources by the end of their path, as in `store/lane.ts`. */
const DEVELOPERS_PAGES = ["docs/architecture*.md", "docs/decisions/*.md"]
/** Pages that must be in plain words: all but the generated list of proofs, which quotes titles of tests. */
const PLAIN_PAGES = [
  ...DEVELOPERS_PAGES,
  "README*.md",
  "SECURITY.md",
  "CONTRIBUTING.md",
  "packages/*/README*.md",
  "docs/command/*.md",
  "docs/drop-in/*.md",
  "docs/gateway/*.md",
  "docs/recipes/*.md",
  "docs/sdk/*.md",
  "docs/simulator/*.md",
  ...["guide-*", "scale*", "states*", "errors*", "database-errors*"].map((name) => `docs/${name}.md`),
]
/** The most words of a page of each folder, whose commands count too. */
const MOST_WORDS = { command: 1500, "drop-in": 800, gateway: 1500, recipes: 400, sdk: 800, simulator: 800 }
/** Folders whose comments and test titles must be in plain words. A folder is added once it is clean. */
const PLAIN_FOLDERS = [
  ...[
    "accept",
    "app",
    "channels",
    "delivery",
    "doors",
    "files",
    "limits",
    "model",
    "people",
    "problems",
    "store",
    "threads",
    "wecom",
  ].map((name) => `packages/gateway/src/${name}`),
  ...["bubble", "cli", "client", "protocol", "sdk", "simulator"].map((name) => `packages/${name}/src`),
  "packages/simulator/page",
  "chaos",
  "bench",
  "tools",
  "deploy",
  "examples",
  "oracles",
]
const faults: string[] = []
const examples: { name: string; code: string }[] = []

for await (const file of glob(["*.md", "docs/**/*.md", "packages/*/README*.md"], { cwd: root })) {
  if (file === "CHANGELOG.md") continue
  const text = await readFile(join(root, file), "utf8")
  for (const path of linkedPaths(text)) {
    if (!existsSync(resolve(root, dirname(file), path))) faults.push(`${file}: the link to ${path} leads nowhere`)
  }
  for (const [path, heading] of linkedHeadings(text)) {
    const target = path === "" ? text : await readFile(resolve(root, dirname(file), path), "utf8").catch(() => "")
    if (!headings(target).has(heading)) faults.push(`${file}: the link to ${path}#${heading} leads nowhere`)
  }
  for (const path of namedPaths(text)) {
    if (!existsSync(join(root, path))) faults.push(`${file}: names ${path}, which does not exist`)
  }
  for (const [, script] of text.matchAll(/npm run ([\w:-]+)/g)) {
    if (script !== undefined && !(script in scripts))
      faults.push(`${file}: names npm run ${script}, which does not exist`)
  }
  for (const name of unknownVariables(text, variables)) faults.push(`${file}: names ${name}, which no source reads`)
  for (const block of fencedBlocks(text)) {
    for (const fault of blockFaults(block, known)) faults.push(`${file}:${block.line}: ${fault}`)
  }
  examples.push(...typeScriptBlocks(file, text))
}

const sources = (
  await Array.fromAsync(
    glob("{packages,tools,chaos,bench,deploy,site,oracles}/**/*.{ts,js}", {
      cwd: root,
      exclude: ["**/node_modules/**"],
    }),
  )
).map((file) => `/${file}`)
for await (const file of glob(DEVELOPERS_PAGES, { cwd: root })) {
  for (const [, path = ""] of (await readFile(join(root, file), "utf8")).matchAll(/`([\w./-]+\.[tj]s)`/g)) {
    if (!sources.some((source) => source.endsWith(`/${path}`)))
      faults.push(`${file}: names ${path}, which no source is`)
  }
}
for await (const file of glob(PLAIN_PAGES, { cwd: root })) {
  const prose = proseOf(await readFile(join(root, file), "utf8"))
  faults.push(...wordFaults(prose).map((fault) => `${file}:${fault}`))
}
for (const [folder, most] of Object.entries(MOST_WORDS)) {
  for await (const file of glob(`docs/${folder}/*.md`, { cwd: root })) {
    const words = (await readFile(join(root, file), "utf8")).split(/\s+/).length
    if (words > most) faults.push(`${file}: has ${words} words, more than ${most}; make it two pages`)
  }
}
for await (const file of glob("packages/*/{src,page}/**/*.{ts,tsx}", { cwd: root })) {
  if (isForTests(file)) continue
  const sentences = sentencesOf(await readFile(join(root, file), "utf8"))
  faults.push(...wordFaults(sentences).map((fault) => `${file}:${fault}`))
}
for await (const file of glob(
  PLAIN_FOLDERS.map((folder) => `${folder}/**/*.{ts,tsx}`),
  // The samples of this test contain the words.
  { cwd: root, exclude: ["tools/plain-words.test.ts", "**/node_modules/**"] },
)) {
  // A migration that has been released never changes.
  if (file.includes("/migrations/")) continue
  const source = await readFile(join(root, file), "utf8")
  const titles = isForTests(file) ? sentencesOf(source) : ""
  const found = [...[commentsOf(source), titles].flatMap(wordFaults), ...openingFaults(source)]
  faults.push(...found.map((fault) => `${file}:${fault}`))
}

faults.push(...(await compileFaults(examples)))
for (const fault of faults) console.error(fault)
console.log(`${examples.length} examples compiled; ${faults.length} faults`)
process.exitCode = faults.length === 0 ? 0 : 1

function isForTests(file: string): boolean {
  return /\.(?:test|contract)\.tsx?$|\/(?:testing|contract|examples)\//.test(file)
}

function linkedPaths(text: string): string[] {
  return [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
    .map(([, target]) => target ?? "")
    .filter((target) => !/^[a-z]+:/.test(target))
}

function linkedHeadings(text: string): [path: string, heading: string][] {
  return [...text.matchAll(/\]\(([^)#\s:]*)#([^)\s]+)\)/g)].map(([, path = "", heading = ""]) => [path, heading])
}

/** The headings as links name them: lower case, without punctuation, a hyphen for each space. */
function headings(text: string): ReadonlySet<string> {
  const lines = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => heading)
  return new Set(
    lines.map((line) =>
      line
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  )
}

/** The paths that a text names; for a placeholder such as `routes/NAME.ts`, the folder. */
function namedPaths(text: string): string[] {
  return [...text.matchAll(/`((?:packages|bench|chaos|deploy|docs|examples|tools|\.ci|\.changeset)\/[\w./-]*)`/g)].map(
    ([, path = ""]) => path.split("NAME", 1)[0] ?? "",
  )
}

function typeScriptBlocks(file: string, text: string): { name: string; code: string }[] {
  return fencedBlocks(text)
    .filter(({ language }) => language === "ts")
    .map(({ body }, index) => ({ name: `${file.replaceAll(/[^\w]+/g, "-")}-${index + 1}.ts`, code: body }))
}

/** The names every example may take for granted. */
function withPrelude(code: string): string {
  const needed = [
    "corpId: string",
    "secret: string",
    "agentId: number",
    'sim: import("@wecom-push/simulator").Simulator',
  ]
    .filter((declaration) => {
      const name = declaration.split(":", 1)[0] ?? ""
      return new RegExp(`\\b${name}\\b`).test(code) && !new RegExp(`(const|using) ${name}\\b`).test(code)
    })
    .map((declaration) => `declare const ${declaration}`)
  const wecom = /\bwecom\b/.test(code) && !/(const|using) wecom\b/.test(code)
  return [...needed, wecom ? 'declare const wecom: import("@wecom-push/sdk").WeCom' : "", code, "export {}"].join("\n")
}

async function compileFaults(blocks: readonly { name: string; code: string }[]): Promise<string[]> {
  // Below node_modules, so that the packages resolve as they do for a user and git never sees it.
  const folder = join(root, "node_modules", ".cache", "docs-examples")
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  for (const { name, code } of blocks) await writeFile(join(folder, name), withPrelude(code))
  await writeFile(
    join(folder, "tsconfig.json"),
    JSON.stringify({
      extends: join(root, "tsconfig.base.json"),
      compilerOptions: { noEmit: true, noUnusedLocals: false, typeRoots: [join(root, "node_modules/@types")] },
      files: blocks.map(({ name }) => name),
    }),
  )
  try {
    await promisify(execFile)(join(root, "node_modules", ".bin", "tsc"), ["-p", join(folder, "tsconfig.json")])
    return []
  } catch (error) {
    return (error as { stdout: string }).stdout.split("\n").filter((line) => line !== "")
  }
}
