import assert from "node:assert/strict"
import { test } from "node:test"
import { manifestOf, packageFolders } from "./packed-command.ts"

/** What a package says of one of its entries. */
interface Entry {
  readonly types?: string
}

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
