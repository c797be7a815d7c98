// npm run release:versions: makes the next version from the changesets: packages, changelogs, lock and chart.
import { execFile } from "node:child_process"
import { readFile, writeFile } from "node:fs/promises"
import { join, resolve } from "node:path"
import { promisify } from "node:util"

const run = promisify(execFile)
const root = resolve(import.meta.dirname, "../..")

/** @returns the version. `checkout` may be a copy without `node_modules`. */
export async function makeVersions(checkout: string): Promise<string> {
  const changesets = join(root, "node_modules", "@changesets", "cli", "bin.js")
  await run(process.execPath, [changesets, "version"], { cwd: checkout })
  const manifest = await readFile(join(checkout, "packages/cli/package.json"), "utf8")
  const { version } = JSON.parse(manifest) as { readonly version: string }
  const chart = join(checkout, "deploy/helm/wecom-push/Chart.yaml")
  const text = await readFile(chart, "utf8")
  await writeFile(chart, text.replace(/^appVersion: ".*"$/m, `appVersion: "${version}"`))
  // Nothing but our own versions changes, so the registry is not asked.
  const argv = ["install", "--package-lock-only", "--offline", "--ignore-scripts", "--no-audit", "--no-fund"]
  await run("npm", argv, { cwd: checkout })
  return version
}

if (import.meta.main) console.log(`everything is ${await makeVersions(root)} now: look at it and commit it`)
