// npm run release: rehearses a release in a copy of HEAD, all but the upload: the next version, what has to hold before it,
// `npm publish --dry-run` in order, the tag. `npm run release -- --publish` is for .github/workflows/release.yml, and
// publishes what is checked out. A run that ended half-way is given again: it publishes what is missing.
import { execFile } from "node:child_process"
import { cp, mkdtempDisposable, readdir, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join, relative, resolve } from "node:path"
import { parseArgs, promisify } from "node:util"
import { manifestOf, packageFolders, packCommand } from "../packed-command.ts"
import { pathOf } from "../testing/programs.ts"
import { readFacts } from "./facts.ts"
import { API_PAGE, noticeFaults } from "./notices.ts"
import { planRelease } from "./plan.ts"
import type { ReleasePlan } from "./plan.ts"
import { makeSbom } from "./sbom.ts"
import { makeVersions } from "./versions.ts"

const run = promisify(execFile)
const root = resolve(import.meta.dirname, "../..")
const folders = (await packageFolders()).map((folder) => relative(root, folder))
const { values } = parseArgs({ options: { publish: { type: "boolean", default: false } } })

if (values.publish) await publish()
else await rehearse()

async function publish(): Promise<void> {
  // The registry to which npm publishes.
  const { stdout: registry } = await run("npm", ["config", "get", "registry"], { cwd: root })
  const plan = planRelease(await readFacts(root, folders, registry.trim()))
  if ("faults" in plan) return refuse(plan.faults)
  await publishInOrder(root, plan, ["--provenance"])
  const { stdout } = await run(pathOf("git"), ["tag", "--list", plan.tag], { cwd: root })
  if (stdout.trim() === "") await run(pathOf("git"), ["tag", plan.tag], { cwd: root })
  await run(pathOf("git"), ["push", "origin", plan.tag], { cwd: root })
  console.log(`published ${plan.version}, tagged ${plan.tag}`)
}

async function rehearse(): Promise<void> {
  await using packed = await packCommand()
  await using copy = await mkdtempDisposable(join(tmpdir(), "wecom-push-release-"))
  const git = (...argv: readonly string[]) => run(pathOf("git"), argv, { cwd: copy.path })
  await git("clone", "--quiet", "--shared", root, ".")
  const changesets = join(copy.path, ".changeset")
  // Without a waiting changeset, add one, so that this step is tried too.
  if (!(await readdir(changesets)).some((file) => file.endsWith(".md"))) {
    await writeFile(join(changesets, "rehearsal.md"), '---\n"wecom-push": patch\n---\n\nA rehearsal.\n')
  }
  const version = await makeVersions(copy.path)
  await git("add", "--all")
  await git("-c", "user.name=rehearsal", "-c", "user.email=rehearsal@localhost", "commit", "--quiet", "-m", version)
  for (const folder of folders) {
    const { name } = await manifestOf(join(root, folder))
    const built = join(packed.home, "node_modules", name)
    for (const part of ["dist", "build"]) {
      await cp(join(built, part), join(copy.path, folder, part), { recursive: true }).catch(() => {})
    }
  }
  const unnoticed = await Promise.all(folders.map((folder) => noticesOf(join(root, folder), packed.home)))
  if (unnoticed.flat().length > 0) return refuse(unnoticed.flat())
  const facts = await readFacts(copy.path, folders, undefined)
  if (!facts.hasAddress) console.log("a release would stop here: the address is not chosen (package.json: repository)")
  const plan = planRelease({ ...facts, hasAddress: true })
  if ("faults" in plan) return refuse(plan.faults)
  await publishInOrder(copy.path, plan, ["--dry-run"])
  const { components } = await makeSbom(join(packed.home, "node_modules"), plan.version)
  const lacking = ["zod", "undici", "libphonenumber-js", "pg", "react", API_PAGE].filter(
    (name) => !components.some((component) => component.name === name),
  )
  if (lacking.length > 0) return refuse([`the SBOM does not name ${lacking.join(", ")}`])
  console.log(`the SBOM names ${components.length} libraries`)
  await git("tag", plan.tag)
  console.log(`rehearsed ${plan.version} in a copy: ${plan.publish.join(", ")}, tag ${plan.tag}`)
}

async function noticesOf(folder: string, home: string): Promise<string[]> {
  const { name } = await manifestOf(folder)
  const others = name === "@wecom-push/gateway" ? [API_PAGE] : []
  const faults = await noticeFaults(join(home, "node_modules", name), others)
  return faults.map((fault) => `${name}: ${fault}`)
}

async function publishInOrder(checkout: string, plan: ReleasePlan, flags: readonly string[]): Promise<void> {
  for (const name of plan.alreadyOut) console.log(`${name}@${plan.version} is in the registry, from this commit`)
  for (const name of plan.publish) {
    const folder = await folderOf(checkout, name)
    await run("npm", ["publish", ...flags], { cwd: folder, maxBuffer: 16 * 1024 * 1024 })
    console.log(`npm publish ${flags.join(" ")}: ${name}@${plan.version}`)
  }
}

async function folderOf(checkout: string, name: string): Promise<string> {
  for (const folder of folders) {
    if ((await manifestOf(join(checkout, folder))).name === name) return join(checkout, folder)
  }
  throw new Error(`no folder has ${name}`)
}

function refuse(faults: readonly string[]): void {
  for (const fault of faults) console.error(fault)
  process.exitCode = 1
}
