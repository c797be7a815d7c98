// Writes the API as Markdown from the types and docstrings of the sources, only for the site, each time `npm run build` runs.
import { mkdir, mkdtempDisposable, readFile, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { Application, Comment, Converter, DeclarationReflection } from "typedoc"
import { API_ENTRIES } from "./api-entries.ts"
import { apiPage, fileOf, plainPage } from "./api-page.ts"
import { API_FOLDER, REPOSITORY } from "./page-list.ts"

await using scratch = await mkdtempDisposable(join(tmpdir(), "wecom-push-api-pages-"))
// Sources that others import come first, because a type belongs to the first source that names it.
const sources = API_ENTRIES.map(({ source }) => join(REPOSITORY, source)).toSorted(
  (one, other) => Number(other.includes("/protocol/")) - Number(one.includes("/protocol/")),
)
const tsconfig = join(scratch.path, "tsconfig.json")
const compilerOptions = { noEmit: true, typeRoots: [join(REPOSITORY, "node_modules", "@types")] }
await writeFile(
  tsconfig,
  JSON.stringify({ extends: join(REPOSITORY, "tsconfig.base.json"), compilerOptions, files: sources }),
)
/** Options of the plugins, whose types typedoc does not know. */
const ofThePlugins = {
  placeInternalsInOwningModule: true,
  outputFileStrategy: "modules",
  hidePageHeader: true,
  hidePageTitle: true,
  hideBreadcrumbs: true,
  useCodeBlocks: true,
  parametersFormat: "table",
  propertyMembersFormat: "table",
  interfacePropertiesFormat: "table",
  classPropertiesFormat: "table",
  typeDeclarationFormat: "table",
  tableColumnSettings: { hideDefaults: true, hideInherited: true, hideModifiers: true, hideOverrides: true },
}
const app = await Application.bootstrapWithPlugins({
  // The second plugin also shows types that exported symbols name but that are not exported themselves.
  plugin: ["typedoc-plugin-markdown", "typedoc-plugin-missing-exports"],
  tsconfig,
  entryPoints: sources,
  basePath: join(REPOSITORY, "packages"),
  // `npm run typecheck` reports the compiler's errors, with the version that we use.
  skipErrorChecking: true,
  logLevel: "Error",
  readme: "none",
  disableSources: true,
  excludeExternals: true,
  excludeInternal: true,
  excludePrivate: true,
  groupOrder: [
    "Constructors",
    "Properties",
    "Methods",
    "Functions",
    "Classes",
    "Interfaces",
    "Type Aliases",
    "Variables",
    "*",
  ],
  ...ofThePlugins,
})
app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
  for (const reflection of Object.values(project.reflections)) {
    if (!(reflection instanceof DeclarationReflection) || !isGenerated(reflection)) continue
    // A copy, because the members are removed from the original list.
    const members = Array.from(reflection.children ?? [])
    for (const member of members) project.removeReflection(member)
    reflection.comment = new Comment([
      { kind: "text", text: "Made from the gateway's description of its API, which `/docs` of a gateway shows." },
    ])
  }
})
const project = await app.convert()
if (project === undefined) throw new Error("typedoc could not read the sources")
app.options.setValue("out", scratch.path)
await app.generateOutputs(project)
if (app.logger.hasErrors()) throw new Error("typedoc could not write the pages")
await mkdir(API_FOLDER, { recursive: true })
const plain = await Promise.all(
  API_ENTRIES.map(async (entry) => {
    const written = `${dirname(entry.source).replace(/^packages\//, "")}.md`
    return plainPage(await readFile(join(scratch.path, written), "utf8"), entry)
  }),
)
for (const [index, entry] of API_ENTRIES.entries()) {
  const source = await readFile(join(REPOSITORY, entry.source), "utf8")
  await writeFile(join(API_FOLDER, fileOf(entry)), apiPage(plain[index] ?? "", source, entry, plain))
}
console.log(`wrote ${API_ENTRIES.length} pages of the API`)

/** Types that are generated from the gateway's description: its own `/docs` shows it better than ten thousand lines of types. */
function isGenerated(reflection: DeclarationReflection): boolean {
  return ["paths", "operations", "components"].includes(reflection.name) && reflection.parent?.name === "client/src"
}
