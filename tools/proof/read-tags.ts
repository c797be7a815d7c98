// A test says above itself which promise it shows: `// proves 30.site: each page, both languages`.
import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { PROVEN_BY_COMMAND } from "./commands.ts"

export interface Proof {
  /** The number of the promise. */
  readonly row: string
  /** The part of the promise. */
  readonly what: string
  /** The path of the test, from the root; nothing for a command. */
  readonly file?: string
  /** The title of the test, with `…` for what is filled in, or the command. */
  readonly by: string
}

export interface Tags {
  readonly proofs: readonly Proof[]
  /** Tags that no test follows, or that say too little. */
  readonly faults: readonly string[]
}

const FOLDERS = "{packages,tools,chaos,deploy,bench,clients,examples,oracles,site}"

export function readTags(root: string): Tags {
  const read = sourcesBelow(root).map(({ file, source }) => tagsIn(source, file))
  return {
    proofs: [...read.flatMap(({ proofs }) => proofs), ...PROVEN_BY_COMMAND],
    faults: read.flatMap(({ faults }) => faults),
  }
}

/** All sources, not only tests, because the rules of contracts are in files that are not named as tests. */
export function sourcesBelow(root: string): readonly { readonly file: string; readonly source: string }[] {
  return globSync(`${FOLDERS}/**/*.{ts,js}`, { cwd: root, exclude: ["**/node_modules/**", "**/dist/**"] })
    .toSorted()
    .map((file) => ({ file, source: readFileSync(join(root, file), "utf8") }))
}

export function tagsIn(source: string, file: string): Tags {
  const proofs: Proof[] = []
  const faults: string[] = []
  for (const tag of source.matchAll(TAG)) {
    const [line, row, what] = tag
    const title = TAGGED.exec(source.slice(tag.index + line.length))
    if (row === undefined || what === undefined || title === null) faults.push(`${file}: ${line.trim()}`)
    else proofs.push({ row, what, file, by: asShown(title.slice(1)) })
  }
  return { proofs, faults }
}

/** The titles of tests, of suites and of rules of a contract. */
export function titlesIn(source: string): readonly string[] {
  return [...source.matchAll(new RegExp(TITLED, "g"))].map((found) => asShown(found.slice(1)))
}

const TAG = /^ *\/\/ proves\b(?: ((?:row )?[^\s:]+(?: \d+)?): (\S.*))?.*$/gm
const TITLED = /\b(?:test|suite|rule|queueRule)\(\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|`((?:[^`\\]|\\.)*)`)/
  .source
/** A title in the line below a tag, or below further comments. */
const TAGGED = new RegExp(`^(?:\\n *//.*)*\\n[^\\n]*?${TITLED}`)

function asShown(parts: readonly (string | undefined)[]): string {
  return parts
    .join("")
    .replaceAll(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, "…")
    .replaceAll(/\\(["'`\\])/g, "$1")
}
