import assert from "node:assert/strict"
import { existsSync, mkdirSync, mkdtempDisposableSync, readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import { ceilingFault } from "./install-ceilings.ts"
import { installAlone } from "./installed-alone.ts"
import { mapFaults } from "./map-faults.ts"

/** Puts a package into the `node_modules` of a folder. */
function put(folder: string, name: string, manifest: object): string {
  const path = join(folder, "node_modules", name)
  mkdirSync(path, { recursive: true })
  writeFileSync(join(path, "package.json"), JSON.stringify({ name, version: "1.0.0", ...manifest }))
  return path
}

// proves 30.alone: a package in an empty project
test("30: a package alone has what it needs, each version in its place, and nothing that lies beside it by chance", async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), "wecom-push-alone-test-"))
  const from = folder.path
  put(from, "asked", {
    dependencies: { a: "1.0.0", b: "1.0.0" },
    optionalDependencies: { absent: "1.0.0" },
    peerDependencies: { peer: "1.0.0", rare: "1.0.0" },
    peerDependenciesMeta: { rare: { optional: true } },
  })
  put(from, "a", { dependencies: { b: "2.0.0" } })
  put(join(from, "node_modules", "a"), "b", { version: "2.0.0" })
  for (const name of ["b", "peer", "rare", "stranger"]) put(from, name, {})

  await using alone = await installAlone(from, "asked")
  const modules = join(alone.home, "node_modules")
  const versionOf = (path: string): unknown =>
    (JSON.parse(readFileSync(join(modules, path, "package.json"), "utf8")) as { readonly version: unknown }).version
  assert.deepEqual(
    ["asked", "a", "b", "peer", "rare", "stranger"].map((name) => existsSync(join(modules, name))),
    [true, true, true, true, false, false],
  )
  assert.deepEqual([versionOf("b"), versionOf("a/node_modules/b")], ["1.0.0", "2.0.0"])
  assert.equal(alone.packages, 5)
})

// proves 30.alone: what it needs and does not name
test("30: a package that needs another that is not there cannot be installed alone", async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), "wecom-push-alone-test-"))
  put(folder.path, "asked", { dependencies: { absent: "1.0.0" } })
  await assert.rejects(installAlone(folder.path, "asked"), /absent, which .* needs, is not installed/)
})

// proves 30.sizes: what an installation may bring
test("30: an installation over its ceiling is reported with its size, and so is a package that has none", () => {
  assert.equal(ceilingFault("@wecom-push/sdk", { bytes: 7e6, packages: 20 }), undefined)
  assert.match(
    ceilingFault("@wecom-push/sdk", { bytes: 21e6, packages: 22 }) ?? "",
    /brings 21\.0 MB in 22 packages; at most [\d.]+ MB in \d+ \(/,
  )
  assert.match(ceilingFault("@wecom-push/sdk", { bytes: 7e6, packages: 99 }) ?? "", /in 99 packages; at most/)
  assert.match(ceilingFault("@wecom-push/new", { bytes: 1e6, packages: 1 }) ?? "", /has no ceiling/)
})

// proves 30.maps: maps that hold their sources
test("30: a map that lacks one of our sources, or leads a throw elsewhere, is a fault; a library it may only name", () => {
  const code = "\nthrow new Error()\n"
  const map = {
    version: 3,
    sources: ["../src/a.ts"],
    sourcesContent: ["throw new Error()"],
    names: [],
    mappings: ";AAAA",
  }
  assert.deepEqual(mapFaults(JSON.stringify(map), code), [])
  assert.deepEqual(mapFaults(JSON.stringify({ ...map, sourcesContent: [null] }), code), ["does not hold ../src/a.ts"])
  assert.deepEqual(mapFaults(JSON.stringify({ ...map, sourcesContent: ["const a = 1"] }), code), [
    "line 2 leads to ../src/a.ts:1",
  ])
  const library = { ...map, sources: ["../node_modules/a/a.js"], sourcesContent: [null] }
  assert.deepEqual(mapFaults(JSON.stringify(library), code), [])
})

// proves 30.sizes: what npm ci brings
test("30.sizes: what a newcomer's npm ci brings stays under 500 packages", () => {
  const text = readFileSync(join(import.meta.dirname, "../package-lock.json"), "utf8")
  const { packages } = JSON.parse(text) as { readonly packages: Readonly<Record<string, Locked>> }
  // npm installs platform packages only for its machine; those of CI's machine are counted.
  const machine = { os: "linux", cpu: "x64", libc: "glibc" } as const
  const brought = Object.entries(packages).filter(
    ([path, { link, ...only }]) =>
      path.includes("node_modules/") &&
      link !== true &&
      (["os", "cpu", "libc"] as const).every((part) => [only[part] ?? machine[part]].flat().includes(machine[part])),
  )
  assert.ok(brought.length > 300 && brought.length <= 500, `${brought.length} packages`)
})

interface Locked {
  readonly link?: true
  readonly os?: readonly string[] | string
  readonly cpu?: readonly string[] | string
  readonly libc?: readonly string[] | string
}
