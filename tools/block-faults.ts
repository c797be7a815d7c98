import type { FencedBlock } from "./fenced-blocks.ts"

/** The names that the examples of a page may use. */
export interface KnownNames {
  /** The flags of each command, such as `keys create`; the empty name holds the flags that every command has. */
  readonly commands: ReadonlyMap<string, ReadonlySet<string>>
  /** As in `/v1/messages/:id`. */
  readonly routes: readonly string[]
  /** Whether the project has a file or folder of this path. */
  isThere(path: string): boolean
}

/** The faults of a code block, without those of types: names that do not exist, and JSON that does not parse. */
export function blockFaults({ language, body, isFragment }: FencedBlock, known: KnownNames): string[] {
  if (language === "json") return isFragment || isJson(body) ? [] : ["is marked json and does not parse"]
  if (language === "jsonl") return body.trim().split("\n").every(isJson) ? [] : ["has a line that is no JSON"]
  const faults = pathsIn(body)
    .filter((path) => !known.isThere(path))
    .map((path) => `names ${path}, which does not exist`)
  if (language !== "sh") return faults
  const { commands, routes } = known
  return [...faults, ...unknownWords(body, commands), ...unknownRoutes(body, routes)]
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Paths from the root of the project, up to the first sign of a pattern; not those that the script itself makes. */
function pathsIn(text: string): string[] {
  const made = [...text.matchAll(/\bmkdir -p (\S+)/g)].map(([, path = ""]) => path)
  const paths = text.matchAll(
    /(?<![\w/.@:-])(?:packages|bench|chaos|deploy|docs|examples|tools|\.ci|\.changeset)\/[\w./-]*/g,
  )
  return [...paths].map(([path]) => path).filter((path) => !made.some((folder) => path.startsWith(folder)))
}

/** Subcommands and flags that `wecom-push` does not have. */
function unknownWords(script: string, commands: KnownNames["commands"]): string[] {
  // Text in quotes belongs to the program that gets it.
  const bare = script.replaceAll(/'[^']*'|"(?:\\[\s\S]|[^"\\])*"/g, "_").replaceAll(/\\\n/g, " ")
  const calls = bare.matchAll(/(?:^|[\s(=])wecom-push[ \t]+([^|;&()<>#\n]+)/g)
  return [...calls].flatMap(([, words = ""]) => unknownIn(words.trim().split(/\s+/), commands))
}

function unknownIn(words: readonly string[], commands: KnownNames["commands"]): string[] {
  let command = ""
  const faults: string[] = []
  for (const word of words) {
    const longer = `${command} ${word}`.trim()
    if (commands.has(longer)) {
      command = longer
      continue
    }
    if (command === "" && /^[a-z]/.test(word)) return [`types wecom-push ${word}, which does not exist`]
    const [flag = ""] = word.split("=", 1)
    const isKnown = commands.get(command)?.has(flag) === true || commands.get("")?.has(flag) === true
    if (/^--?[a-zA-Z]/.test(word) && !isKnown) faults.push(`types wecom-push ${longer}, which does not exist`)
  }
  return faults
}

/** Paths after a local address or a variable, and paths passed to the `get` and `post` of a guide, that are no routes. */
function unknownRoutes(script: string, routes: readonly string[]): string[] {
  const below = script.matchAll(
    /(?:https?:\/\/(?:127\.0\.0\.1|localhost)(?::\d+)?|\$\{?(?:URL|GATEWAY|SIM)\}?|\b(?:get|post|patch|put) "?)(\/[\w$/{}.:-]*)/g,
  )
  const patterns = routes.map(patternOf)
  return [...below]
    .map(([, path = ""]) => path)
    .filter((path) => !patterns.some((pattern) => pattern.test(path)))
    .map((path) => `asks for ${path}, which is no route`)
}

function patternOf(route: string): RegExp {
  const source = route
    .replaceAll(/[.]/g, String.raw`\.`)
    .replaceAll(/:\w+/g, "[^/]+")
    .replaceAll("*", ".*")
  return new RegExp(`^${source}/?$`)
}

/** Our variables that no source reads. A secret may also be in a file, which `NAME_FILE` names. */
export function unknownVariables(text: string, known: ReadonlySet<string>): string[] {
  const names = new Set([...text.matchAll(/\bWECOM_[A-Z_]*[A-Z]\b/g)].map(([name]) => name))
  return [...names].filter((name) => !known.has(name) && !known.has(name.replace(/_FILE$/, "")))
}
