import assert from "node:assert/strict"
import { readdirSync, renameSync, rmSync, statSync } from "node:fs"
import { test } from "node:test"
import { NOON, WHOLE_TRAIL } from "../testing/build.ts"
import { open, TemporaryFolder } from "../testing/open-store.ts"
import type { Stores } from "../../model/ports/stores.ts"

const DAY_MS = 24 * 3_600_000
const BYTES = Buffer.from("the bytes of a file")

async function keep({ media }: Stores, id: string, bytes: Uint8Array = BYTES): Promise<void> {
  const pieces = async function* () {
    yield bytes
  }
  await using draft = await media.receive(pieces(), 100)
  await media.keep(draft, { id, type: "file", filename: `${id}.txt`, keyId: "key_1", apps: "all", at: NOON })
}

test("a backup has the files too, each once, private, and a gateway starts on the two together", async () => {
  using folder = new TemporaryFolder()
  const [file, backup] = [folder.file(), folder.file("backup")]
  {
    await using stores = (await open(file)).stores
    await keep(stores, "med_1")
    await keep(stores, "med_2")
    await keep(stores, "med_3", Buffer.from("another"))
    await stores.upkeep.backup(backup, NOON)
    await keep(stores, "med_4", Buffer.from("after the backup"))
  }
  assert.equal(readdirSync(`${backup}.media`).length, 2)
  assert.equal(statSync(`${backup}.media`).mode & 0o777, 0o700)
  for (const name of [file, `${file}-wal`, `${file}.media`]) rmSync(name, { recursive: true, force: true })
  renameSync(backup, file)
  renameSync(`${backup}.media`, `${file}.media`)
  await using restored = (await open(file)).stores
  for (const id of ["med_1", "med_2"]) {
    const medium = (await restored.media.get(id)) ?? assert.fail()
    const blob = (await restored.media.open(medium)) ?? assert.fail()
    assert.deepEqual(Buffer.from(await blob.arrayBuffer()), BYTES)
  }
  assert.equal(await restored.media.get("med_4"), undefined)
})

test("a database restored without its files reports the missing ones, and takes them when they are handed in again", async () => {
  using folder = new TemporaryFolder()
  {
    await using stores = (await open(folder.file())).stores
    await keep(stores, "med_1")
  }
  rmSync(`${folder.file()}.media`, { recursive: true })
  await using stores = (await open(folder.file())).stores
  const medium = (await stores.media.get("med_1")) ?? assert.fail()
  assert.equal(await stores.media.open(medium), undefined)
  await keep(stores, "med_1")
  assert.notEqual(await stores.media.open(medium), undefined)
})

test("a backup without files makes no folder, and one whose folder exists is refused", async () => {
  using folder = new TemporaryFolder()
  await using stores = (await open(folder.file())).stores
  await stores.upkeep.backup(folder.file("first"), NOON)
  assert.deepEqual(
    readdirSync(folder.path).filter((name) => name.startsWith("first")),
    ["first"],
  )
  await keep(stores, "med_1")
  await stores.upkeep.backup(folder.file("second"), NOON)
  rmSync(folder.file("second"))
  await assert.rejects(stores.upkeep.backup(folder.file("second"), NOON), /second\.media exists already/)
})

test("upkeep deletes expired files, from the disk too", async () => {
  using folder = new TemporaryFolder()
  await using stores = (await open(folder.file())).stores
  await keep(stores, "med_1")
  const cutoffs = { now: NOON, eventsBefore: 0, lookupsBefore: 0, ...WHOLE_TRAIL, limit: 10 }
  await stores.upkeep.prune({ ...cutoffs, finishedBefore: NOON })
  assert.equal(readdirSync(`${folder.file()}.media`).length, 1)
  await stores.upkeep.prune({ ...cutoffs, finishedBefore: NOON + DAY_MS })
  assert.equal(readdirSync(`${folder.file()}.media`).length, 0)
})
