// Writes docs/proof.md from the tags of tests; with --check only says whether it is up to date.
import { readFile, writeFile } from "node:fs/promises"
import { basename, join, resolve } from "node:path"
import { readTags, type Proof } from "./proof/read-tags.ts"
import { SECTIONS } from "./proof/sections.ts"

const BY_NUMBER = new Intl.Collator("en", { numeric: true })
const root = resolve(import.meta.dirname, "..")
const file = join(root, "docs/proof.md")
const { proofs, faults } = readTags(root)
const names = namesOf(new Set(proofs.flatMap((proof) => proof.file ?? [])))
const introduction = await readFile(join(import.meta.dirname, "proof", "introduction.md"), "utf8")
const page = [introduction.trim(), ...SECTIONS.flatMap(section), links()].join("\n\n") + "\n"
if (!process.argv.includes("--check")) await writeFile(file, page)
else if ((await readFile(file, "utf8")) !== page) {
  console.error("docs/proof.md no longer says what the tests say; run: npm run docs:proof")
  process.exitCode = 1
}
for (const fault of faults) {
  console.error(`${fault}: no test follows, or the promise or its text is missing`)
  process.exitCode = 1
}

function section({ title, holds, note }: (typeof SECTIONS)[number]): string[] {
  const own = proofs.filter(({ row }) => holds.test(row))
  if (own.length === 0) return []
  const rows = Map.groupBy(own, ({ row }) => row)
  const lines = [...rows].toSorted(([one], [other]) => BY_NUMBER.compare(one, other)).flatMap(([, all]) => linesOf(all))
  const table = ["| row | what | file | test or command |", "| --- | --- | --- | --- |", ...lines].join("\n")
  return [`## ${title}`, ...(note === undefined ? [] : [note]), table]
}

/** Rows with the same number and text show both only in their first line. */
function linesOf(all: readonly Proof[]): string[] {
  return [...Map.groupBy(all, ({ what }) => what)].flatMap(([what, shown], index) =>
    shown.map(({ row, file, by }, nth) => {
      const name = file === undefined ? "command" : `[${names.get(file)}]`
      const cells = [index + nth === 0 ? row : "", nth === 0 ? what : "", name, by]
      return `| ${cells.map((cell) => cell.replaceAll(/[|_]/g, "\\$&")).join(" | ")} |`
    }),
  )
}

/** The name of each file, with its folder if another file has the same name. */
function namesOf(paths: ReadonlySet<string>): ReadonlyMap<string, string> {
  const all = [...paths]
  return new Map(
    all.map((path) => {
      let folders = 0
      while (all.some((other) => other !== path && shortName(other, folders) === shortName(path, folders))) folders++
      return [path, shortName(path, folders)]
    }),
  )
}

function shortName(path: string, folders: number): string {
  const name = basename(path).replace(/(?:\.test)?\.[jt]s$/, "")
  return [...path.split("/").slice(-1 - folders, -1), name].join("/")
}

function links(): string {
  return [...names]
    .map(([path, name]) => `[${name}]: ../${path}`)
    .toSorted()
    .join("\n")
}
