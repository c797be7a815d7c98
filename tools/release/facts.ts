import { execFile } from "node:child_process"
import { glob, readFile } from "node:fs/promises"
import { join } from "node:path"
import { promisify } from "node:util"
import { contentFaults } from "../package-contents.ts"
import { pathOf } from "../testing/programs.ts"
import type { PackageFacts, ReleaseFacts } from "./plan.ts"

const run = promisify(execFile)

/** @param registry undefined: no registry is asked, and nothing counts as published */
export async function readFacts(
  checkout: string,
  folders: readonly string[],
  registry: string | undefined,
): Promise<ReleaseFacts> {
  const git = async (...argv: readonly string[]): Promise<string[]> =>
    (await run(pathOf("git"), argv, { cwd: checkout })).stdout.split("\n").filter((line) => line !== "")
  const [head = ""] = await git("rev-parse", "HEAD")
  const tags = await git("for-each-ref", "refs/tags", "--format=%(refname:short) %(objectname) %(*objectname)")
  const workspace = JSON.parse(await readFile(join(checkout, "package.json"), "utf8")) as { repository?: unknown }
  return {
    packages: await Promise.all(folders.map((folder) => packageFacts(join(checkout, folder), registry))),
    head,
    // For an annotated tag, the last field is the commit.
    tags: new Map(tags.map((line) => line.split(" ")).map(([name = "", own = "", commit]) => [name, commit || own])),
    changesets: await Array.fromAsync(glob("*.md", { cwd: join(checkout, ".changeset") })),
    changed: (await git("status", "--porcelain", "--untracked-files=no")).map((line) => line.slice(3)),
    hasAddress: workspace.repository !== undefined,
  }
}

async function packageFacts(folder: string, registry: string | undefined): Promise<PackageFacts> {
  const { name, version, dependencies } = JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as {
    readonly name: string
    readonly version: string
    readonly dependencies: Readonly<Record<string, string>>
  }
  const { stdout } = await run("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
    cwd: folder,
    maxBuffer: 16 * 1024 * 1024,
  })
  const [packed] = JSON.parse(stdout) as [{ readonly files: readonly { readonly path: string }[] }]
  const readme = await readFile(join(folder, "README.md"), "utf8").catch(() => "")
  return {
    name,
    version,
    needs: Object.keys(dependencies),
    faults: contentFaults(
      packed.files.map(({ path }) => path),
      readme,
    ),
    published: registry === undefined ? undefined : await publishedFrom(`${name}@${version}`, registry),
  }
}

/** @returns undefined when the registry does not have this version */
export async function publishedFrom(
  packageSpec: string,
  registry: string,
): Promise<{ readonly commit: string | undefined } | undefined> {
  const argv = ["view", packageSpec, "version", "gitHead", "--json", "--registry", registry, "--prefer-online"]
  // Under `npm run --silent` it would not say that the registry has no such package.
  argv.push("--loglevel", "error")
  try {
    const { stdout } = await run("npm", argv)
    // If the package exists but not this version, npm prints nothing.
    if (stdout.trim() === "") return undefined
    const { gitHead } = JSON.parse(stdout) as { readonly gitHead?: string }
    return { commit: gitHead }
  } catch (error) {
    if (/\bE404\b/.test((error as { readonly stdout: string; readonly stderr: string }).stderr)) return undefined
    throw error
  }
}
