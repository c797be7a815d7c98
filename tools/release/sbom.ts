// npm run sbom: prints, as CycloneDX, all components that a user of the packages gets: what npm installs, from `npm sbom`, and
// the libraries that are bundled into our files, which are development dependencies for npm.
import { execFile } from "node:child_process"
import { readFile } from "node:fs/promises"
import { join, resolve } from "node:path"
import { promisify } from "node:util"
import { packCommand } from "../packed-command.ts"
import { API_PAGE, librariesJoined } from "./notices.ts"

const root = resolve(import.meta.dirname, "../..")

interface Component {
  readonly "bom-ref": string
  readonly name: string
  readonly version: string
  readonly scope: string
  readonly properties: readonly { readonly name: string; readonly value: string }[]
}

export interface Sbom {
  readonly metadata: { readonly component: Component }
  readonly components: readonly Component[]
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[]
}

/** @param installed the `node_modules` that holds the unpacked tarballs */
export async function makeSbom(installed: string, version: string): Promise<Sbom> {
  const all = await npmSbom()
  const bundled = await bundledIn(installed)
  const needed = all.components.filter(isNeeded)
  const isNamed = new Set(needed.map(({ name }) => name))
  const joined = all.components.filter(({ name }) => bundled.has(name) && !isNamed.has(name))
  // npm names the workspace by its folder, without a version; the published component is the command with its dependencies.
  const components = [...needed, ...joined.map(asBundled)]
  const isIn = new Set(components.map((component) => component["bom-ref"]))
  // Without the workspace itself, whose entry in the graph names packages for tests.
  const dependencies = all.dependencies
    .filter(({ ref }) => isIn.has(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((other) => isIn.has(other)) }))
  const text = JSON.stringify({ ...all, components, dependencies })
  const renamed = JSON.parse(text.replaceAll(/wecom-push-workspace@[\d.]+/g, `wecom-push@${version}`)) as Sbom
  const component = { ...renamed.metadata.component, name: "wecom-push", version, properties: [] }
  return { ...renamed, metadata: { ...renamed.metadata, component } }
}

/** Reads the whole lock: `--omit=dev` would also omit packages that users need when the workspace uses them for its tests too. */
async function npmSbom(): Promise<Sbom> {
  const argv = ["sbom", "--package-lock-only", "--sbom-format=cyclonedx"]
  const { stdout } = await promisify(execFile)("npm", argv, { cwd: root, maxBuffer: 64 * 1024 * 1024 })
  return JSON.parse(stdout) as Sbom
}

/** Whether a component is neither for development nor the Node of a checkout. */
function isNeeded({ scope, properties }: Component): boolean {
  return scope === "required" && !properties.some(({ name }) => name === "cdx:npm:package:development")
}

function asBundled(component: Component): Component {
  return { ...component, scope: "required", properties: [{ name: "wecom-push:bundled", value: "true" }] }
}

/** The libraries that maps of our files name, those of the phones' page, and the script of the API page. */
async function bundledIn(installed: string): Promise<ReadonlySet<string>> {
  const maps = ["wecom-push/dist/**/*.js.map", "@wecom-push/*/dist/**/*.js.map"]
  const names = new Set([...(await librariesJoined(installed, maps)), API_PAGE])
  const page = await readFile(join(installed, "@wecom-push/simulator/dist/page/THIRD-PARTY-NOTICES.md"), "utf8")
  for (const [, name = ""] of page.matchAll(/^## (\S+) /gm)) names.add(name)
  return names
}

if (import.meta.main) {
  await using packed = await packCommand()
  console.log(JSON.stringify(await makeSbom(join(packed.home, "node_modules"), packed.version), null, 2))
}
