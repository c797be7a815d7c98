import assert from "node:assert/strict"
import { globSync, readFileSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import { test } from "node:test"

const ROOT = join(import.meta.dirname, "..")

// proves 30.versions: changesets that can be released
test("every changeset names packages that there are, or a release would stop at it", () => {
  const packages = new Set(
    globSync("packages/*/package.json", { cwd: ROOT }).map((file) => {
      const { name } = JSON.parse(readFileSync(join(ROOT, file), "utf8")) as { readonly name: string }
      return name
    }),
  )
  const unknown = globSync(".changeset/*.md", { cwd: ROOT }).flatMap((file) => {
    const [, head = ""] = readFileSync(join(ROOT, file), "utf8").split(/^---$/m, 2)
    const named = [...head.matchAll(/^"([^"]+)": (?:major|minor|patch)$/gm)].map(([, name = ""]) => name)
    assert.ok(named.length > 0 || head.trim() === "", `${basename(file)} names no package`)
    return named.filter((name) => !packages.has(name)).map((name) => `${basename(file)}: ${name}`)
  })
  assert.deepEqual(unknown, [])
})

// proves 30.versions: one version of everything
test("30: every package, the lock and the chart name one version, which each changelog tells of", () => {
  const { version } = JSON.parse(read("packages/cli/package.json")) as { readonly version: string }
  const lock = JSON.parse(read("package-lock.json")) as {
    readonly packages: Readonly<Record<string, { readonly version: string }>>
  }
  for (const file of globSync("packages/*/package.json", { cwd: ROOT })) {
    const folder = dirname(file)
    const manifest = JSON.parse(read(file)) as Readonly<
      Record<string, Readonly<Record<string, string>> | undefined>
    > & {
      readonly version: string
      readonly private?: boolean
    }
    assert.equal(manifest.version, version, file)
    assert.equal(lock.packages[folder]?.version, version, `package-lock.json: ${folder}`)
    const needed = Object.entries({ ...manifest["dependencies"], ...manifest["devDependencies"] })
    const others = needed.filter(([name, wanted]) => /^(?:@wecom-push\/|wecom-push$)/.test(name) && wanted !== version)
    assert.deepEqual(others, [], file)
    if (manifest.private !== true)
      assert.match(read(`${folder}/CHANGELOG.md`), new RegExp(`^## ${version}$`, "m"), folder)
  }
  assert.match(read("deploy/helm/wecom-push/Chart.yaml"), new RegExp(`^appVersion: "${version}"$`, "m"))
})

function read(file: string): string {
  return readFileSync(join(ROOT, file), "utf8")
}
