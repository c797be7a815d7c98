import assert from "node:assert/strict"
import { execFileSync, spawnSync } from "node:child_process"
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { test } from "node:test"
import { open, TemporaryFolder } from "../store/testing/open-store.ts"

const CHILDREN = join(import.meta.dirname, "testing/children")

function child(script: string, ...parameters: readonly string[]): [command: string, parameters: string[]] {
  const flags = ["--disable-warning=ExperimentalWarning", "--expose-gc", "--conditions=wecom-push-source"]
  return [process.execPath, [...flags, join(CHILDREN, script), ...parameters]]
}

async function* pieces(): AsyncGenerator<Uint8Array> {
  yield Buffer.from("the bytes of a file")
}

/** How many files are there when the process is dead, and after the next start; and whether the file is known then. */
const LEFT = {
  "half-way": { dead: 1, started: 0, isKnown: false },
  "media.before_commit": { dead: 1, started: 0, isKnown: false },
  "media.after_commit": { dead: 1, started: 1, isKnown: true },
} as const

for (const [point, { dead, started, isKnown }] of Object.entries(LEFT)) {
  const kept = isKnown ? "kept" : "gone without a trace"
  test(`killed ${point}, before the answer: the file is ${kept}, and handing it in again is safe`, async () => {
    using folder = new TemporaryFolder()
    const { signal, stderr } = spawnSync(...child("die-while-keeping.ts", folder.file(), point))
    assert.equal(signal, "SIGKILL", String(stderr))
    const files = () => readdirSync(`${folder.file()}.media`).length
    assert.equal(files(), dead)
    await using stores = (await open(folder.file())).stores
    assert.equal(files(), started)
    assert.equal((await stores.media.get("med_1")) !== undefined, isKnown)
    const medium = { id: "med_1", type: "file", filename: "a.txt", keyId: "key_1", apps: "all", at: 0 } as const
    {
      await using draft = await stores.media.receive(pieces(), 100)
      assert.equal(await stores.media.keep(draft, medium), isKnown ? "known" : "stored")
    }
    assert.equal(files(), 1)
  })
}

// proves 4.test 3: 20 MB up and down
test("eight files of 20 MB at once pass through the gateway, in and out, without being whole in memory", () => {
  using folder = new TemporaryFolder()
  const told = execFileSync(...child("large-uploads.ts", folder.file(), "8"), { timeout: 120_000, encoding: "utf8" })
  const { residentMb, usedMb, uploadedMb } = JSON.parse(told) as Record<"residentMb" | "usedMb" | "uploadedMb", number>
  assert.equal(uploadedMb, 161)
  // Pieces under way take some memory: those of a client and of a WeCom in the same process too.
  assert.ok(usedMb < 100, `${usedMb.toFixed(1)} MB in use`)
  assert.ok(residentMb < 150, `${residentMb.toFixed(1)} MB resident`)
})
