import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { join, relative, resolve } from "node:path"
import { test } from "node:test"
import { addressIn, contentFaults, manifestFaults } from "./package-contents.ts"
import { manifestOf, packageFolders } from "./packed-command.ts"

const root = resolve(import.meta.dirname, "..")
const workspace = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Record<string, unknown>

/** One entry in a package's `exports`. */
interface Entry {
  readonly types?: string
}

// proves 28.node10: types without exports
test("28: types are found under `moduleResolution: node10`, which reads no exports: of each entry the same file", async () => {
  let checked = 0
  for (const folder of await packageFolders()) {
    const manifest = await manifestOf(folder)
    const { types, typesVersions } = manifest as { readonly types?: string; readonly typesVersions?: object }
    const entries = Object.entries(manifest.exports as Readonly<Record<string, Entry | string>>).filter(
      ([, entry]) => typeof entry === "object",
    )
    const typesOf = (entry: Entry | string): string | undefined => (typeof entry === "object" ? entry.types : undefined)
    const root = entries.find(([name]) => name === ".")
    assert.equal(types, root && typesOf(root[1]), manifest.name)
    const others = entries.filter(([name]) => name !== ".").map(([name, entry]) => [name.slice(2), [typesOf(entry)]])
    assert.deepEqual(
      typesVersions,
      others.length === 0 ? undefined : { "*": Object.fromEntries(others) },
      manifest.name,
    )
    checked += entries.length
  }
  assert.ok(checked >= 8, `${checked} entries`)
})

// proves 30.metadata: what packages say of them
test("30: each published package has description, keywords, the workspace's licence and its address", async () => {
  for (const folder of await packageFolders()) {
    const manifest = await manifestOf(folder)
    assert.deepEqual(manifestFaults(workspace, manifest, relative(root, folder)), [], manifest.name)
    const licence = readFileSync(join(folder, "LICENSE"), "utf8")
    assert.equal(licence, readFileSync(join(root, "LICENSE"), "utf8"), manifest.name)
  }
})

// proves 30.readmes: READMEs in both languages
test("30: each published package has a README in both languages: the same headings and code, each linked from the other", async () => {
  for (const folder of await packageFolders()) {
    const [english = "", chinese = ""] = ["README.md", "README.zh-CN.md"].map((name) =>
      readFileSync(join(folder, name), "utf8"),
    )
    const { name } = await manifestOf(folder)
    assert.ok(english.startsWith(`# ${name}\n\n[中文](README.zh-CN.md)\n`), name)
    assert.ok(chinese.startsWith(`# ${name}\n\n[English](README.md)\n`), name)
    assert.deepEqual(headingsAndCode(chinese), headingsAndCode(english), name)
  }
})

// proves 30.metadata: an address chosen once
test("30: the address is chosen in one place: a package without it, or with another, is named", () => {
  const chosen = {
    license: "MIT",
    repository: { type: "git", url: "git+https://git.example.com/wecom-push.git" },
    homepage: "https://wecom-push.example.com",
    bugs: "https://git.example.com/wecom-push/issues",
  }
  const good = { description: "What it is.", keywords: ["wecom"], license: "MIT", ...addressIn(chosen, "packages/sdk") }
  assert.deepEqual(manifestFaults(chosen, good, "packages/sdk"), [])
  assert.equal(manifestFaults(chosen, { ...good, bugs: undefined }, "packages/sdk").length, 1)
  assert.equal(manifestFaults(chosen, good, "packages/gateway").length, 1)
  assert.equal(manifestFaults({ license: "MIT" }, good, "packages/sdk").length, 3)
})

// proves 30.tarballs: what a tarball may hold
test("30: a tarball without README, its translation or LICENSE is refused, and so is one with tests or sources", () => {
  const good = ["package.json", "README.md", "README.zh-CN.md", "LICENSE", "dist/index.js"]
  assert.deepEqual(contentFaults(good), [])
  for (const missing of good.slice(0, 4)) {
    assert.deepEqual(contentFaults(good.filter((file) => file !== missing)), [`${missing} is missing`])
  }
  assert.deepEqual(contentFaults(good, "Notices are in `dist/NOTICES.txt`."), ["dist/NOTICES.txt is missing"])
  for (const stray of ["dist/a.test.js", "dist/testing/a.js", "src/index.ts", "dist/a.tsbuildinfo", ".env"]) {
    assert.deepEqual(contentFaults([...good, stray]), [`${stray} is not for users`])
  }
})

/** Without the comments of commands, which are translated. */
function headingsAndCode(readme: string): string[] {
  const lines = readme.split("\n").filter((line) => /^(?:#|npm |npx |import )/.test(line))
  return lines.map((line) => line.replace(/ +# .*/, ""))
}
